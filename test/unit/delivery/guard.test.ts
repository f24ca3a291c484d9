// Which addresses the operator may connect to.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { parseCidrs } from '../../../src/delivery/address.ts';
import { refuseAddress, refuseScheme } from '../../../src/delivery/egress.ts';
import { classify } from '../../../src/delivery/guard.ts';

/** Longer lists of spellings, separated by white space. */
const words = (text: string): string[] => text.trim().split(/\s+/);

const closed = { allowedCidrs: [] };
const open = (text: string, guarded: readonly string[] = []) => ({ allowedCidrs: parseCidrs(text), guarded });

test('global unicast is open', () => {
  const addresses = ['8.8.8.8', '1.1.1.1', '172.15.255.255', '172.32.0.0', '100.128.0.0', '223.255.255.255'];
  for (const address of [...addresses, '2606:4700::1111', '2a00:1450::1', '::ffff:8.8.8.8'])
    assert.deepEqual(classify(address, closed), { allowed: true, listed: false }, address);
});

test('everything else is closed', () => {
  const addresses = [
    ...words(`
    0.0.0.0 10.0.0.1 100.64.0.1 127.0.0.1 127.255.255.255 169.254.1.1 172.16.0.1 172.31.255.255
    192.0.0.1 192.0.2.1 192.88.99.1 192.168.1.1 198.18.0.1 198.19.255.255 198.51.100.1 203.0.113.1
    224.0.0.1 239.1.1.1 240.0.0.1 255.255.255.255 168.63.129.16 :: ::1 ::7f00:1 ::127.0.0.1
    ::ffff:127.0.0.1 ::ffff:a00:1 64:ff9b::7f00:1 64:ff9b::808:808 64:ff9b:1::a00:1 100::1 2001::1
    2001:2::1 2001:10::1 2001:20::1 2001:db8::1 2002:7f00:1:: 2002:808:808::1 3fff::1 5f00::1 fc00::1
    fd00:ec2::254 fe80::1 fec0::1 ff02::1 4000::1 localhost 2130706433 0x7f000001 127.1 017700000001
    [::1] fe80::1%eth0
  `),
    '',
  ];
  for (const address of addresses) assert.equal(classify(address, closed).allowed, false, address);
});

test('no address of a closed IPv4 network is open in any IPv6 spelling', () => {
  const prefixes = ['10.', '127.', '192.168.', '169.254.', '100.64.', '172.16.'];
  const tail = fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255));
  fc.assert(
    fc.property(fc.constantFrom(...prefixes), tail, (prefix, bytes) => {
      const dotted = [...prefix.split('.').filter((part) => part !== ''), ...bytes].slice(0, 4).map(Number);
      const [a = 0, b = 0, c = 0, d = 0] = dotted;
      const hex = `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
      for (const spelling of [
        `::ffff:${hex}`,
        `::${hex}`,
        `64:ff9b::${hex}`,
        `64:ff9b:1::${hex}`,
        `2002:${hex}::1`,
      ])
        assert.equal(classify(spelling, closed).allowed, false, spelling);
    }),
  );
});

test('an administrator can open a network, in every spelling of its addresses', () => {
  const rules = open('10.0.0.0/8,::1/128,fd00::/8');
  for (const address of ['10.1.2.3', '::ffff:10.1.2.3', '::1', 'fd12::1'])
    assert.deepEqual(classify(address, rules), { allowed: true, listed: true }, address);
  assert.deepEqual(classify('192.168.0.1', rules), { allowed: false, add: '192.168.0.1/32' });
  assert.deepEqual(classify('::ffff:192.168.0.1', rules), { allowed: false, add: '192.168.0.1/32' });
  assert.deepEqual(classify('fe80::1', rules), { allowed: false, add: 'fe80::1/128' });
});

test('an opened gateway leads to no closed IPv4 address', () => {
  const rules = open('64:ff9b::/96,2002::/16,2001::/32');
  assert.equal(classify('64:ff9b::808:808', rules).allowed, true);
  assert.deepEqual(classify('64:ff9b::a00:1', rules), { allowed: false, add: '10.0.0.1/32' });
  assert.deepEqual(classify('64:ff9b::a9fe:a9fe', rules), { allowed: false, add: '169.254.169.254/32' });
  assert.deepEqual(classify('2002:a00:1::1', rules), { allowed: false, add: '10.0.0.1/32' });
  assert.deepEqual(classify('2001::1', rules), { allowed: false });
});

test('metadata services and guarded addresses open only by their very address', () => {
  const wide = open('0.0.0.0/0,::/0', ['10.96.0.1', 'fd00::1']);
  const addresses = [
    '169.254.169.254',
    '169.254.170.2',
    '100.100.100.200',
    'fd00:ec2::254',
    '10.96.0.1',
    'fd00::1',
  ];
  for (const address of [...addresses, '::ffff:169.254.169.254', '::ffff:10.96.0.1'])
    assert.equal(classify(address, wide).allowed, false, address);
  assert.equal(classify('10.96.0.2', wide).allowed, true);
  const exact = open('169.254.169.254/32,10.96.0.1/32', ['10.96.0.1']);
  assert.equal(classify('169.254.169.254', exact).allowed, true);
  assert.equal(classify('10.96.0.1', exact).allowed, true);
});

test('whatever the text, what is no address is denied', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      assert.equal(classify(text, closed).allowed, false);
    }),
  );
});

test('a refused address says what an administrator can add', () => {
  const rules = { allowedCidrs: [], allowHttp: false };
  assert.equal(
    refuseAddress('10.0.0.1', 443, rules)?.message,
    'the address 10.0.0.1 is not allowed: an administrator can add 10.0.0.1/32 to --egress-allowed-cidrs',
  );
});

test('ports are 443 and 8443, 80 with plain http, and any of a listed address', () => {
  const rules = { allowedCidrs: parseCidrs('10.0.0.0/8'), allowHttp: false };
  const isOpen = (address: string, port: number, more = {}) =>
    refuseAddress(address, port, { ...rules, ...more }) === undefined;
  assert.ok(isOpen('8.8.8.8', 443) && isOpen('8.8.8.8', 8443) && isOpen('10.0.0.1', 5000));
  assert.ok(!isOpen('8.8.8.8', 80) && isOpen('8.8.8.8', 80, { allowHttp: true }));
  assert.ok(
    isOpen('8.8.8.8', 9000, { allowedPorts: [9000] }) && !isOpen('8.8.8.8', 443, { allowedPorts: [9000] }),
  );
  assert.equal(
    refuseAddress('8.8.8.8', 22, rules)?.message,
    'the port 22 is not allowed: an administrator can add it to --egress-ports',
  );
});

test('plain http needs a flag, and other schemes do not exist', () => {
  const rules = { allowedCidrs: [], allowHttp: false };
  assert.equal(refuseScheme(new URL('https://x.example/'), rules), undefined);
  assert.equal(refuseScheme(new URL('http://x.example/'), { ...rules, allowHttp: true }), undefined);
  assert.match(refuseScheme(new URL('http://x.example/'), rules)?.message ?? '', /--egress-allow-http$/);
  assert.match(
    refuseScheme(new URL('file:///etc/passwd'), rules)?.message ?? '',
    /scheme file: is not allowed/,
  );
});
