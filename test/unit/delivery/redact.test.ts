// Secrets that receivers echo do not get into the record.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { createRedactor } from '../../../src/delivery/redact.ts';
import { recordable } from '../../../src/delivery/response-text.ts';

const redact = (text: string, ...secrets: readonly string[]): string => createRedactor(secrets)(text);

const secret = 'p@ss/wörd+"\\& 😀';

const spellings: Readonly<Record<string, string>> = {
  'as it is': secret,
  'percent-encoded': encodeURIComponent(secret),
  'percent-encoded in small letters': encodeURIComponent(secret).replaceAll(/%../g, (one) =>
    one.toLowerCase(),
  ),
  'percent-encoded but for what a path may contain': encodeURI(secret),
  'percent-encoded throughout': Buffer.from(secret).toString('hex').replaceAll(/../g, '%$&'),
  'as a form field': new URLSearchParams({ '': secret }).toString().slice(1),
  'as JSON': JSON.stringify(secret).slice(1, -1),
  'as JSON in ASCII': JSON.stringify(secret)
    .slice(1, -1)
    .replaceAll(/[^ -~]/g, (unit) => String.raw`\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`),
  'as JSON by PHP and Go': JSON.stringify(secret).slice(1, -1).replace('/', '\\/').replace('&', '\\u0026'),
  'as JSON in JSON': JSON.stringify(JSON.stringify(secret)).slice(3, -3),
  'percent-encoded in JSON': encodeURI(secret).replace('/', '\\/'),
  'as HTML': secret.replace('&', '&amp;').replace('"', '&quot;').replace('/', '&#x2F;').replace('+', '&#43;'),
  'in base64': Buffer.from(secret).toString('base64'),
  'in base64 without padding': Buffer.from(secret).toString('base64').replaceAll('=', ''),
  'in base64url': Buffer.from(secret).toString('base64url'),
  'in base64 in a URL': encodeURIComponent(Buffer.from(secret).toString('base64')),
};

for (const [name, spelling] of Object.entries(spellings)) {
  test(`a secret ${name} is redacted`, () => {
    assert.match(
      redact(`you sent "${spelling}", and no more`, secret),
      /^you sent "\[redacted\]=*(%3D)*", and no more$/,
    );
  });
}

test('a secret within something in base64 is redacted, wherever it begins', () => {
  for (const user of ['', 'a', 'ab', 'abc', 'user:']) {
    const header = Buffer.from(`${user}correct-horse-battery:x`).toString('base64');
    const text = redact(`{"authorization":"Basic ${header}"}`, 'correct-horse-battery');
    assert.match(text, /^\{"authorization":"Basic [\w+/]{0,8}\[redacted\][\w+/=]{0,6}"\}$/);
  }
});

test('a sign of escape just before a secret does not hide it', () => {
  assert.equal(redact('100%abc%20def', 'abc def'), '100%[redacted]');
  assert.equal(redact(String.raw`C:\name \"x\"`, 'name "x"'), String.raw`C:\[redacted]`);
});

test('a secret in base64 is redacted wherever it stands in a word', () => {
  const encoded = Buffer.from('correct-horse-battery').toString('base64');
  for (const before of ['a', 'ab', 'abc', 'abcd', 'a/', '+'])
    assert.match(
      redact(`GET ${before}${encoded}/x`, 'correct-horse-battery'),
      /^GET [\w+/]{1,4}\[redacted\]\/x$/,
    );
});

test('a part of a URL is redacted as it was written and as it was meant', () => {
  const part = 'token%2Fwith%20a%20blank';
  assert.equal(
    redact(`no route for /${part} (/token/with a blank)`, part),
    'no route for /[redacted] (/[redacted])',
  );
});

test('every occurrence goes, and so do secrets that overlap', () => {
  assert.equal(redact('one-secret, one-secret', 'one-secret'), '[redacted], [redacted]');
  assert.equal(redact('user:password-1.', 'user:password-1', 'password-1'), '[redacted].');
  assert.equal(redact('<abcdefghi>', 'abcdef', 'defghi'), '<[redacted]>');
  assert.equal(redact('<abcabcabcabc>', 'abcabcabc'), '<[redacted]>');
});

test('white space around a secret does not count, and short ones are no secrets', () => {
  assert.equal(redact('it is abcdef', 'abcdef\n'), 'it is [redacted]');
  assert.equal(redact('it is abcde', 'abcde'), 'it is abcde');
  assert.equal(redact('it is abcde', '', '\n'), 'it is abcde');
});

test('characters that are not recorded do not hide a secret', () => {
  assert.equal(
    recordable('it is se\u0000cr\u202eet-value', 256, createRedactor(['secret-value'])),
    'it is [redacted]',
  );
});

test('text that breaks off within a secret loses the piece', () => {
  const long = 'correct-horse-battery-staple';
  const brokenOff = (text: string): string => redact(text, long);
  assert.equal(brokenOff('it is correct-horse-b'), 'it is ');
  assert.equal(brokenOff('it is correc'), 'it is ');
  assert.equal(brokenOff('it is corre'), 'it is corre');
  assert.equal(brokenOff('it is correct, more or less'), 'it is correct, more or less');
  assert.equal(brokenOff(`it is ${Buffer.from(long).toString('base64').slice(0, 15)}`), 'it is ');
  assert.equal(redact('it is pass%20w%C3%B', 'pass wörd'), 'it is ');
  assert.equal(redact('it is pass wo\\u00', 'pass woörd'), 'it is ');
  assert.equal(redact('it is pass wo\ufffd', 'pass wo😀'), 'it is ');
  assert.equal(redact('it is pass &am', 'pass &word'), 'it is pass &am');
  assert.equal(redact('it is a pass &am', 'a pass &word'), 'it is ');
});

test('a secret that is whole at the end is marked, though it begins a longer one', () => {
  assert.equal(
    redact('at https://a.example', 'https://a.example', 'https://a.example/hook'),
    'at [redacted]',
  );
});

test('no bound leaves a piece of a secret', () => {
  const long = 'correct-horse-battery-staple';
  for (let before = 0; before <= 40; before += 1) {
    const body = Buffer.from(`${'.'.repeat(before)}${long}${long}`);
    for (const bytes of [body, body.subarray(0, before + 20)]) {
      const kept = recordable(bytes, 24, createRedactor([long]));
      assert.ok(!kept.includes('correc') && !kept.includes('staple'), kept);
    }
  }
});

const anySecret = fc
  .string({
    unit: fc.oneof(
      fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }),
      fc.constantFrom('%', '\\', '"', '&', ' ', '+', '/', '=', 'a'),
    ),
    minLength: 6,
    maxLength: 40,
  })
  // A secret that the mark itself contains could not be told from it.
  .filter((text) => !/[[\]]/.test(text) && !'redacted'.includes(text) && text.trim() === text);

const anyText = fc.string({ unit: 'grapheme', maxLength: 60 });

const written = fc.constantFrom<(text: string) => string>(
  (text) => text,
  (text) => encodeURIComponent(text),
  (text) => JSON.stringify(text).slice(1, -1),
  (text) => Buffer.from(text).toString('base64'),
  (text) => Buffer.from(text).toString('base64url'),
);

test('whatever the text, no secret is in what is kept of it, in any of its forms', () => {
  const secrets = fc.array(anySecret, { minLength: 1, maxLength: 4 });
  const piece = fc.tuple(anyText, fc.nat(3), written);
  fc.assert(
    fc.property(secrets, fc.array(piece, { maxLength: 5 }), anyText, (all, pieces, end) => {
      const echoed = pieces.map(([before, which, write]) => before + write(all[which % all.length] ?? ''));
      const kept = redact(echoed.join('') + end, ...all);
      for (const one of all)
        for (const form of [one, encodeURIComponent(one), JSON.stringify(one).slice(1, -1)])
          assert.ok(!kept.includes(form), `${form} in ${kept}`);
    }),
    { numRuns: 1000 },
  );
});

test('whatever stands around it, a secret in base64 is not kept', () => {
  const around = fc.string({
    unit: fc.constantFrom(' ', '.', ':', '"', '{', '>', '\n', '漢'),
    maxLength: 20,
  });
  const encoding = fc.constantFrom('base64' as const, 'base64url' as const);
  fc.assert(
    fc.property(
      anySecret,
      fc.uint8Array({ maxLength: 9 }),
      encoding,
      around,
      around,
      (one, bytes, form, before, after) => {
        const encoded = Buffer.concat([bytes, Buffer.from(one)]).toString(form);
        const kept = redact(before + encoded + after, one);
        // The characters that the bytes before and the end have no part in.
        const middle = encoded.replaceAll('=', '').slice(Math.ceil((bytes.length * 4) / 3), -1);
        assert.ok(kept.startsWith(before) && kept.endsWith(after));
        assert.ok(!kept.includes(middle), `${middle} in ${kept}`);
      },
    ),
    { numRuns: 1000 },
  );
});

test('text without a secret stays as it is', () => {
  const hex = fc
    .uint8Array({ minLength: 16, maxLength: 16 })
    .map((bytes) => Buffer.from(bytes).toString('hex'))
    // As they shrink, bytes become zeros, which turn up everywhere.
    .filter((one) => new Set(one).size > 6);
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 300 }).map((one) => one.toWellFormed()),
    fc.json(),
    fc.webUrl({ withQueryParameters: true }),
    fc.base64String(),
  );
  fc.assert(
    fc.property(fc.array(hex, { maxLength: 4 }), text, (secrets, plain) => {
      assert.equal(redact(plain, ...secrets), plain);
    }),
    { numRuns: 500 },
  );
});

test('text that is cut anywhere keeps no six characters of the secret at its end', () => {
  const ascii = fc.string({ unit: 'grapheme-ascii', minLength: 7, maxLength: 40 });
  const distinct = ascii.filter((text) => text.trim() === text && !/[[\]]/.test(text));
  const write = fc.constantFrom<(text: string) => string>(
    (text) => text,
    (text) => encodeURIComponent(text),
    (text) => JSON.stringify(text).slice(1, -1),
  );
  fc.assert(
    fc.property(distinct, write, fc.nat(), (one, how, cut) => {
      const spelling = how(one);
      const kept = redact(`漢字 ${spelling.slice(0, cut % (spelling.length + 1))}`, one);
      for (let length = 6; length < one.length; length += 1)
        assert.ok(!kept.endsWith(one.slice(0, length)), `${kept} ends in ${one.slice(0, length)}`);
    }),
    { numRuns: 1000 },
  );
});
