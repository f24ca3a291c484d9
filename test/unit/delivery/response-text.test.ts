// What receivers send may be anything; what is recorded of it is text within a bound.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { recordable } from '../../../src/delivery/response-text.ts';

/** Bytes of Go's encoding/json, by its own table: the oracle of the tests below. */
function goEncodedBytes(text: string): number {
  const escaped = JSON.stringify(text).slice(1, -1);
  const html = escaped.replaceAll(/[<>&\u2028\u2029]/g, '\\u0000');
  return Buffer.byteLength(html);
}

const nasty = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 400 }),
  fc
    .array(fc.constantFrom('<', '&', '"', '\\', '\n', '\u2028', '\u001b', '\u202e', 'é', '漢', '😀', 'a'), {
      maxLength: 400,
    })
    .map((characters) => characters.join('')),
);

test('plain text stays as it is', () => {
  assert.equal(recordable('{"ok":true}\r\n\tgrüße 😀', 512), '{"ok":true}\r\n\tgrüße 😀');
});

test('control characters, escape and bidi marks go; tab, LF and CR stay', () => {
  assert.equal(
    recordable('\u0000a\u001b[31mb\u007f\u009b\u202e\u2066\u200f\u061cc\t\n\r', 512),
    'a[31mbc\t\n\r',
  );
});

test('what is not UTF-8 becomes U+FFFD', () => {
  assert.equal(recordable(Buffer.from([0x61, 0xff, 0xc3, 0x62]), 512), 'a\ufffd\ufffdb');
  assert.equal(recordable('a\ud800b', 512), 'a\ufffdb');
});

test('characters cost what the API server makes of them', () => {
  assert.equal(recordable('<'.repeat(100), 64), '<'.repeat(10));
  assert.equal(recordable('"'.repeat(100), 64), '"'.repeat(32));
  assert.equal(recordable('\u2028'.repeat(100), 64), '\u2028'.repeat(10));
  assert.equal(recordable('😀'.repeat(100), 63), '😀'.repeat(15));
});

test('any text fits its bound, is a beginning of the safe text, and splits no character', () => {
  fc.assert(
    fc.property(nasty, fc.nat(300), (text, bound) => {
      const kept = recordable(text, bound);
      assert.ok(goEncodedBytes(kept) <= bound);
      assert.ok(kept.isWellFormed());
      const whole = recordable(text, 1_000_000);
      assert.ok(whole.startsWith(kept));
      const [next] = whole.slice(kept.length);
      assert.ok(next === undefined || goEncodedBytes(kept + next) > bound);
    }),
  );
});

test('any bytes become valid text within the bound', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2000 }), fc.nat(600), (bytes, bound) => {
      const kept = recordable(bytes, bound);
      assert.ok(kept.isWellFormed());
      assert.ok(goEncodedBytes(kept) <= bound);
    }),
  );
});
