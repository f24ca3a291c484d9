// The rules for a receiver's URL, evaluated as the API server does: CEL's way to write them is JavaScript's too,
// and RE2 reads these regular expressions as JavaScript does.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileFunction } from 'node:vm';
import * as fc from 'fast-check';
import type { Rule } from '../../../src/api/fields.ts';
import { url } from '../../../src/api/url.ts';

const { 'x-kubernetes-validations': validations } = url().meta() ?? {};
const rules = (validations as Rule[]).map(({ rule, message }) => ({
  message,
  accepts: compileFunction(`return ${rule};`, ['self']) as (self: object) => boolean,
}));

/** The messages of the rules that refuse this URL. */
function refusals(text: string): string[] {
  const self = {
    startsWith: (prefix: string) => text.startsWith(prefix),
    contains: (part: string) => text.includes(part),
    matches: (pattern: string) => new RegExp(pattern, 'u').test(text),
  };
  return rules.filter(({ accepts }) => !accepts(self)).map(({ message }) => message);
}

const accepted = [
  'https://example.com',
  'https://example.com/',
  'https://example.com/hook?token=a%20b&x=[1]@y',
  'https://example.com?query',
  'https://example.com:8443/hook',
  'https://example.com:1/',
  'https://example.com:65535/',
  'http://localhost:3000/webhook',
  'http://receiver.team-a.svc.cluster.local/hook',
  'https://xn--bcher-kva.example/',
  'https://a-b.c0/',
  'https://1.example/',
  'https://203.0.113.7/hook',
  'https://0.0.0.0/',
  'https://255.255.255.255/',
  'https://[2001:db8::7]/hook',
  'https://[::ffff:203.0.113.7]:8443/',
  `https://${'a'.repeat(63)}.example/`,
];

test('a URL with a DNS name, a dotted IPv4 address or an IPv6 address in brackets is accepted', () => {
  for (const text of accepted) assert.deepEqual(refusals(text), [], text);
});

/** By what the message of the one rule that refuses them says. */
const refused: Record<string, readonly string[]> = {
  'must start with https://': [
    '',
    'example.com',
    '//example.com/',
    'ftp://example.com/',
    'HTTPS://example.com/',
    'https:/example.com/',
    'https:example.com',
    'javascript:alert(1)',
    'file:///etc/passwd',
  ],
  'must be printable ASCII': [
    'https://example.com/a b',
    'https://example.com/ ',
    'https://example.com/\ttab',
    'https://exam\tple.com/',
    'https://example.com/\n',
    'https://example.com/é',
    'https://１２７.0.0.1/',
    'https://example。com/',
    'https://example.com/\u0000',
    'https://example.com/\u007f',
  ],
  'must have no fragment': ['https://example.com/#top', 'https://example.com/a?b#'],
  'must have no user name': [
    'https://user@example.com/',
    'https://user:password@example.com/',
    'https://@example.com/',
    'https://example.com:443@203.0.113.7/',
    'https://example.com%2f@203.0.113.7/',
  ],
  'must name the host': [
    'https://',
    'https:///path',
    'https://Example.com/',
    'https://example.com./',
    'https://.example.com/',
    'https://a..example/',
    'https://-a.example/',
    'https://a-.example/',
    'https://under_score.example/',
    'https://example.1com/',
    `https://${'a'.repeat(64)}.example/`,
    'https://exa%6dple.com/',
    'https://*.example.com/',
    // Other spellings of 127.0.0.1.
    'https://2130706433/',
    'https://0x7f000001/',
    'https://017700000001/',
    'https://127.1/',
    'https://127.0.0.01/',
    'https://0x7f.0.0.1/',
    'https://127.0.0.1./',
    'https://256.0.0.1/',
    'https://1.2.3.4.5/',
    // Ports.
    'https://example.com:/',
    'https://example.com:0/',
    'https://example.com:0443/',
    'https://example.com:65536/',
    'https://example.com:99999/',
    'https://example.com:https/',
    // Brackets.
    'https://[/',
    'https://[]/',
    'https://2001:db8::7/',
    'https://[2001:DB8::7]/',
    'https://[fe80::1%25eth0]/',
    'https://[::1]x/',
  ],
};

for (const [reason, texts] of Object.entries(refused))
  test(`a URL is refused with one message that says what to write: ${reason}`, () => {
    for (const text of texts) {
      const messages = refusals(text);
      assert.equal(messages.length, 1, `${JSON.stringify(text)}: ${messages.join(' | ')}`);
      assert.ok(messages[0]?.startsWith(reason), `${JSON.stringify(text)}: ${messages[0]}`);
    }
  });

test('a backslash, which some parsers read as a slash, is refused wherever it stands', () => {
  for (const text of [
    'https://example.com\\@203.0.113.7/',
    'https:\\\\example.com/',
    'https://example.com/\\',
  ])
    assert.notDeepEqual(refusals(text), [], text);
});

test('a URL has at most 2048 characters', () => {
  const long = `https://example.com/${'a'.repeat(2028)}`;
  assert.equal(url().safeParse(long).success, true);
  assert.equal(url().safeParse(`${long}a`).success, false);
});

/** Pieces from which URLs, and what only looks like them, are put together. */
const pieces = fc.constantFrom(
  ' ',
  '\t',
  ...'https:// http:// example .com . .. - _ %41 0x7f 0 127 1 255 256 [ ] :: ffff: [::1]'.split(' '),
  ...'@ : :443 :0 / ? # \\ A é １ 。'.split(' '),
);
const urls = fc.oneof(
  fc.array(pieces, { maxLength: 8 }).map((parts) => parts.join('')),
  fc.array(pieces, { maxLength: 8 }).map((parts) => `https://${parts.join('')}`),
  fc.webUrl({ withQueryParameters: true, withFragments: true }),
);

test('an accepted URL names the same host to whoever reads it, and carries no user name and no fragment', () => {
  fc.assert(
    fc.property(urls, (text) => {
      fc.pre(refusals(text).length === 0);
      const parsed = URL.parse(text);
      // An address in brackets is read by the operator, which refuses what is none.
      const [, host = ''] = /^https?:\/\/(\[[^\]]*\]|[^:/?]*)/.exec(text) ?? [];
      if (host.startsWith('[') && parsed === null) return;
      assert.ok(parsed !== null, text);
      if (!host.startsWith('[')) assert.equal(parsed.hostname, host);
      assert.deepEqual([parsed.username, parsed.password, parsed.hash], ['', '', '']);
    }),
    { numRuns: 2000 },
  );
});

test('a well-formed URL without fragment is accepted', () => {
  const schemes = { validSchemes: ['http', 'https'], withQueryParameters: true };
  fc.assert(
    fc.property(fc.webUrl(schemes), (text) => assert.deepEqual(refusals(text.toLowerCase()), [])),
    { numRuns: 500 },
  );
});
