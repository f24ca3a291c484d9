// Serves handler.js, which is as the contract's document prints it, and says on which URL.
import { readFileSync } from 'node:fs';
import { runInNewContext } from 'node:vm';
import express from 'express';

const app = express();
app.use(express.json());
runInNewContext(readFileSync(new URL('handler.js', import.meta.url), 'utf8'), { app, console });
const server = app.listen(0, '127.0.0.1', () => {
  console.log(`Running on http://127.0.0.1:${server.address().port}`);
});
