// Reading addresses and CIDRs: strict, because a spelling that two parsers read differently is a way in.
import assert from 'node:assert/strict';
import { isIP } from 'node:net';
import { test } from 'node:test';
import * as fc from 'fast-check';
import {
  contains,
  InvalidCidrError,
  parseAddress,
  parseCidr,
  parseCidrs,
} from '../../../src/delivery/address.ts';

/** Longer lists of spellings, separated by white space. */
const words = (text: string): string[] => text.trim().split(/\s+/);

test('addresses are read as numbers', () => {
  assert.deepEqual(parseAddress('10.0.0.1'), { family: 4, value: 0x0a00_0001n });
  assert.deepEqual(parseAddress('::1'), { family: 6, value: 1n });
  assert.deepEqual(parseAddress('::'), { family: 6, value: 0n });
  assert.deepEqual(parseAddress('::ffff:127.0.0.1'), { family: 6, value: 0xffff_7f00_0001n });
  assert.deepEqual(parseAddress('1:2:3:4:5:6:7:8'), { family: 6, value: 0x1000200030004000500060007_0008n });
  assert.deepEqual(parseAddress('1::8'), { family: 6, value: (1n << 112n) | 8n });
});

test('other spellings are no addresses', () => {
  const spellings = [
    ...words(`
    1 2130706433 0x7f.0.0.1 0177.0.0.1 127.1 127.0.0.01 256.0.0.1 1.2.3.4.5 １２７.0.0.1 [::1] fe80::1%eth0
    : ::: 1::2::3 1:2:3:4:5:6:7 1:2:3:4:5:6:7:8:9 12345:: 1:2:3:4:5:6:7::8 1.2.3.4:: ::1.2.3 ::1.2.3.4:5
    :1:2:3:4:5:6:7 1:2:3:4:5:6:7: g::
  `),
    '',
    ' 1.2.3.4',
  ];
  for (const spelling of spellings) assert.equal(parseAddress(spelling), undefined, spelling);
});

test('whatever is read is what Node takes for an address too', () => {
  const nearlyAddress = fc.array(
    fc.constantFrom('0', '1', '255', 'ffff', ':', '::', '.', 'a', '.1', '%', '01'),
    {
      maxLength: 18,
    },
  );
  const text = fc.oneof(
    fc.ipV4(),
    fc.ipV6(),
    nearlyAddress.map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(text, (spelling) => {
      assert.equal(
        parseAddress(spelling)?.family ?? 0,
        spelling.includes('%') ? 0 : isIP(spelling),
        spelling,
      );
    }),
    { numRuns: 2000 },
  );
});

test('IPv6 reads as the WHATWG URL parser reads it', () => {
  fc.assert(
    fc.property(fc.ipV6(), (spelling) => {
      const canonical = new URL(`http://[${spelling}]/`).hostname.slice(1, -1);
      assert.deepEqual(parseAddress(spelling), parseAddress(canonical));
    }),
  );
});

test('a list of CIDRs is separated by commas', () => {
  assert.deepEqual(parseCidrs('127.0.0.0/8, ::1/128'), [
    { family: 4, value: 0x7f00_0000n, prefix: 8 },
    { family: 6, value: 1n, prefix: 128 },
  ]);
  assert.deepEqual(parseCidrs(''), []);
});

test('a malformed CIDR says what is wrong with it', () => {
  const cases = {
    'example.com/8': '"example.com/8" is not a CIDR such as 10.0.0.0/8',
    '10.0.0.1': '"10.0.0.1" has no prefix length: write 10.0.0.1/32',
    '::1': '"::1" has no prefix length: write ::1/128',
    '10.0.0.0/33': '"10.0.0.0/33": the prefix length of an IPv4 CIDR is 0 to 32',
    '10.0.0.0/': '"10.0.0.0/": the prefix length of an IPv4 CIDR is 0 to 32',
    '10.0.0.0/8/8': '"10.0.0.0/8/8": the prefix length of an IPv4 CIDR is 0 to 32',
    '10.0.0.7/8': '"10.0.0.7/8" has bits set behind its first 8',
    '::ffff:10.0.0.0/104': '"::ffff:10.0.0.0/104" is IPv4-mapped: write it as an IPv4 CIDR',
  };
  for (const [text, message] of Object.entries(cases)) {
    assert.throws(
      () => parseCidrs(`192.168.0.0/16,${text}`),
      (error) => error instanceof InvalidCidrError && error.message === message,
      text,
    );
  }
});

const holds = (cidr: string, address: string): boolean => {
  const parsed = parseAddress(address);
  return parsed !== undefined && contains(parseCidr(cidr), parsed);
};

test('a network contains its own addresses and no other family', () => {
  assert.ok(holds('10.0.0.0/8', '10.255.255.255'));
  assert.ok(!holds('10.0.0.0/8', '11.0.0.0'));
  assert.ok(holds('0.0.0.0/0', '8.8.8.8'));
  assert.ok(!holds('::/0', '8.8.8.8'));
  assert.ok(holds('::1/128', '::1'));
});
