// Express.js example
app.post('/webhook', (req, res) => {
  const { event, analysis_id, completion_rate } = req.body;
  if (event === 'analysis_done') {
    console.log(`Analysis ${analysis_id} completed!`);
    // Trigger your post-processing logic
  }
  res.sendStatus(200);
});
