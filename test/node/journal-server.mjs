// A receiver in a pod: acknowledges whatever is POSTed, and prints a line of JSON for each request when it is over.
//
//   node journal-server.mjs PORT ANSWER_AFTER_MS
import { createServer } from 'node:http';

const [port, answerAfterMs] = process.argv.slice(2).map(Number);

const server = createServer((request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => setTimeout(() => response.end('webhook received\n'), answerAfterMs));
  response.on('close', () => {
    const text = Buffer.concat(chunks).toString();
    // Who has gone before the answer has not been told.
    const status = response.writableFinished ? response.statusCode : undefined;
    console.log(JSON.stringify({ path: request.url, headers: request.headers, text, status }));
  });
});
server.listen(port);
process.on('SIGTERM', () => process.exit());
