// Lines of JSON from a stream of bytes.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { ConnectionError } from '../../../src/kube/errors.ts';
import { jsonLines } from '../../../src/kube/lines.ts';

async function* chunksOf(...chunks: readonly (string | Buffer)[]): AsyncGenerator<Buffer> {
  for (const chunk of chunks) yield Buffer.from(chunk);
}

/** The bytes in pieces that end at these places, empty pieces included. */
function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const ends = places.map((place) => place % (bytes.length + 1)).toSorted((one, two) => one - two);
  return [...ends, bytes.length].map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end));
}

/** As another JSON parser would see it: -0 is written as 0. */
const written = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

const failed = (message: RegExp) => (error: unknown) =>
  error instanceof ConnectionError && message.test(error.message);

test('any lines in any chunks give the same values', async () => {
  const line = fc.tuple(
    fc.jsonValue({ stringUnit: 'binary' }),
    fc.constantFrom('\n', '\r\n', '\n\n', ' \n', '\n \r\n'),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(line), fc.array(fc.nat()), async (lines, places) => {
      const bytes = Buffer.from(lines.map(([value, end]) => `${JSON.stringify(value)}${end}`).join(''));
      const values = await Array.fromAsync(jsonLines(chunksOf(...cut(bytes, places))));
      assert.deepEqual(
        values,
        lines.map(([value]) => written(value)),
      );
    }),
  );
});

test('any bytes at all give values or a ConnectionError, never another error', async () => {
  const bytes = fc.oneof(
    fc.uint8Array(),
    fc.string().map((text) => Buffer.from(text)),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(bytes), async (chunks) => {
      const reading = Array.fromAsync(jsonLines(chunksOf(...chunks.map((chunk) => Buffer.from(chunk)))));
      await reading.catch((error: unknown) => assert.ok(error instanceof ConnectionError, String(error)));
    }),
  );
});

test('a value comes as soon as its line ends', async () => {
  const { promise: never, reject } = Promise.withResolvers<Buffer>();
  async function* chunks() {
    yield Buffer.from('{"a":1}\n{"b"');
    yield await never;
  }
  const lines = jsonLines(chunks());
  assert.deepEqual(await lines.next(), { value: { a: 1 }, done: false });
  reject(new Error('broken'));
  await assert.rejects(lines.next(), /broken/);
});

test('what stands before a line that is no JSON is given, then it fails', async () => {
  const lines = jsonLines(chunksOf('1\nnonsense\n2\n'));
  assert.deepEqual(await lines.next(), { value: 1, done: false });
  await assert.rejects(lines.next(), failed(/no JSON/));
});

test('a last line without its end is a broken connection, even if it is JSON', async () => {
  for (const end of ['{"type":"ADD', '12'])
    await assert.rejects(Array.fromAsync(jsonLines(chunksOf(`1\n${end}`))), failed(/broke off/));
});

test('a line of a megabyte is read in whatever pieces it comes', async () => {
  const value = { data: 'ü'.repeat(500_000) };
  const bytes = Buffer.from(`${JSON.stringify(value)}\n`);
  const places = Array.from({ length: 1000 }, (_, index) => index * 1009);
  assert.deepEqual(await Array.fromAsync(jsonLines(chunksOf(...cut(bytes, places)))), [value]);
});

test('a line that never ends is given up after 8 MiB', async () => {
  let bytes = 0;
  async function* endless() {
    const chunk = Buffer.alloc(65_536, 'a');
    for (; bytes < 64 * 1024 * 1024; bytes += chunk.length) yield chunk;
  }
  await assert.rejects(Array.fromAsync(jsonLines(endless())), failed(/too long/));
  assert.equal(bytes, 8 * 1024 * 1024);
});

test('who stops reading closes the source', async () => {
  let isClosed = false;
  async function* chunks() {
    try {
      for (;;) yield Buffer.from('1\n2\n');
    } finally {
      isClosed = true;
    }
  }
  for await (const value of jsonLines(chunks())) if (value === 2) break;
  assert.equal(isClosed, true);
});
