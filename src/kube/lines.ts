// Splits a stream of bytes into lines of JSON, with bounded memory.
import { ConnectionError } from './errors.ts';

const newline = 0x0a;

/** etcd refuses objects of more than 1.5 MB; with managed fields and escapes a line stays far below. */
const maxLineBytes = 8 * 1024 * 1024;

/**
 * The value of each line. Lines are split as bytes, so that a character may span chunks; the pieces of a
 * line are kept apart until it ends, so that a long one is not copied for every chunk.
 *
 * @throws {ConnectionError} for a line that is no JSON, too long, or broken off
 */
export async function* jsonLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<unknown, void, undefined> {
  let pieces: Buffer[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, start)) {
      pieces.push(chunk.subarray(start, end));
      start = end + 1;
      const line = Buffer.concat(pieces).toString().trim();
      pieces = [];
      length = 0;
      if (line !== '') yield parse(line);
    }
    if (start === chunk.length) continue;
    pieces.push(chunk.subarray(start));
    length += chunk.length - start;
    if (length > maxLineBytes) throw new ConnectionError('the watch sent a line that is too long');
  }
  if (length > 0) throw new ConnectionError('the watch broke off inside a line');
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw new ConnectionError('the watch sent a line that is no JSON');
  }
}
