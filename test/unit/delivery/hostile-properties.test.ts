// Whatever URLs, DNS answers, headers and response streams are made of: no crash, no rejection, and no
// connection to an address that is not open.
import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { after, test, type TestContext } from 'node:test';
import * as fc from 'fast-check';
import { parseCidrs } from '../../../src/delivery/address.ts';
import type { AttemptResult } from '../../../src/delivery/outcome.ts';
import { createTransport, type PostRequest, type Transport } from '../../../src/delivery/transport.ts';
import { recordDials } from '../../support/dials.ts';
import { answer, startReceiver } from '../../support/receiver.ts';

const dials = recordDials();
const unhandled: unknown[] = [];
process.on('unhandledRejection', (reason) => unhandled.push(reason));
after(() => {
  dials.stop();
  assert.deepEqual(unhandled, []);
});

/** One address is open, and every name has the addresses of the zone. */
function transportOf(t: TestContext, zone: { addresses: readonly string[] }): Transport {
  const resolver = {
    resolve4: async () => zone.addresses.filter((one) => !one.includes(':')),
    resolve6: async () => zone.addresses.filter((one) => one.includes(':')),
  };
  const transport = createTransport({ allowedCidrs: parseCidrs('127.0.0.1/32'), allowHttp: true, resolver });
  t.after(() => transport.close());
  return transport;
}

const requestTo = (url: string): PostRequest => ({ url, headers: {}, body: '{}', timeoutMs: 2000 });

function check({ outcome, message, body = '', status = '' }: AttemptResult): void {
  assert.ok(outcome.length > 0);
  for (const [text, bound] of [
    [message, 256],
    [status, 64],
    [body, 512],
  ] as const) {
    assert.ok(text.isWellFormed() && Buffer.byteLength(text) <= bound, text);
    // oxlint-disable-next-line no-control-regex -- these are what must not be there
    assert.doesNotMatch(text, /[\0-\x08\v\f\x0E-\x1F\x7F-\x9F\u202A-\u202E\u2066-\u2069]/);
  }
}

/** Closed ones, in the spellings that DNS has for them; 127.0.0.1 is the one that is open. */
const closedIPv4 = fc
  .oneof(
    fc.constantFrom('10', '127', '169.254', '192.168', '100.64', '172.16', '0', '224', '240', '198.18'),
    fc.constant('127.0.0'),
  )
  .chain((prefix) =>
    fc
      .array(fc.nat(255), { minLength: 4, maxLength: 4 })
      .map((bytes) => [...prefix.split('.'), ...bytes].slice(0, 4).join('.')),
  )
  .filter((address) => address !== '127.0.0.1');
const hexOf = (address: string): string => {
  const [a = 0, b = 0, c = 0, d = 0] = address.split('.').map(Number);
  return `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
};
const closed = fc.oneof(
  closedIPv4,
  closedIPv4.map((address) => `::ffff:${hexOf(address)}`),
  closedIPv4.map((address) => `64:ff9b::${hexOf(address)}`),
  closedIPv4.map((address) => `2002:${hexOf(address)}::1`),
  fc.constantFrom(
    '::1',
    '::',
    'fe80::1',
    'fd00::1',
    'fec0::1',
    'ff02::1',
    '2001::1',
    '2001:db8::1',
    'nonsense',
    '',
  ),
);

test('no URL with a closed address in it is dialled, however it is put together', async (t) => {
  const receiver = await startReceiver(t, (socket) => socket.write(answer('200 OK')));
  const transport = transportOf(t, { addresses: ['127.0.0.2'] });
  const piece = fc.oneof(
    closed,
    closed.map((address) => `[${address}]`),
    closedIPv4.map((address) => String(address.split('.').reduce((sum, one) => sum * 256 + Number(one), 0))),
    fc.constantFrom(
      '@',
      '/',
      '\\',
      '#',
      '?',
      ':',
      '.',
      '%00',
      '\t',
      '127.0.0.1',
      'x.example',
      'localhost',
      '[',
      ']',
    ),
  );
  const urls = fc.array(piece, { minLength: 1, maxLength: 5 }).map((parts) => `http://${parts.join('')}`);
  await fc.assert(
    fc.asyncProperty(urls, async (text) => {
      dials.clear();
      const url = text.includes('/', 7) ? text : `${text}:${receiver.port}/`;
      check(await transport.post(requestTo(url)));
      for (const address of dials.addresses) assert.match(address, /^127\.0\.0\.1:/);
      assert.equal(dials.lookups, 0);
    }),
    { numRuns: 600 },
  );
});

test('no closed address is dialled that a name has, alone or among open ones', async (t) => {
  const receiver = await startReceiver(t, (socket) => socket.end(answer('200 OK', '', 'connection: close')));
  const zone = { addresses: [] as readonly string[] };
  const transport = transportOf(t, zone);
  const answers = fc.array(fc.oneof(closed, fc.constant('127.0.0.1')), { maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(answers, async (addresses) => {
      dials.clear();
      zone.addresses = addresses;
      const result = await transport.post(requestTo(`http://x.example:${receiver.port}/`));
      const isOpen = addresses.length > 0 && addresses.every((one) => one === '127.0.0.1');
      assert.equal(result.outcome === 'delivered', isOpen, JSON.stringify(addresses));
      assert.equal(dials.addresses.length > 0, isOpen);
    }),
    { numRuns: 300 },
  );
});

test('whatever a header is, it is one header or the request is not sent', async (t) => {
  const receiver = await startReceiver(t, (socket) => socket.end(answer('200 OK', '', 'connection: close')));
  const transport = transportOf(t, { addresses: [] });
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 12 }),
    fc.constantFrom('a\r\nb: c', '\r\n\r\n', '\0'),
  );
  const names = fc.oneof(text, fc.stringMatching(/^x-[a-z]{1,8}$/));
  await fc.assert(
    fc.asyncProperty(names, text, async (name, value) => {
      const before = receiver.requests.length;
      const result = await transport.post({
        ...requestTo(`http://127.0.0.1:${receiver.port}/`),
        headers: { [name]: value },
        timeoutMs: 500,
      });
      check(result);
      for (const request of receiver.requests.slice(before)) {
        const lines = (request.split('\r\n\r\n')[0] ?? '').split('\r\n').slice(1);
        const ours = lines.filter(
          (line) => !/^(host|connection|accept-encoding|content-length):/i.test(line),
        );
        assert.ok(ours.length <= 1, JSON.stringify(ours));
      }
    }),
    { numRuns: 150 },
  );
});

const fragments = [
  'HTTP/1.1 200 OK\r\n',
  'HTTP/1.1 500 \r\n',
  'HTTP/1.1 103 Hints\r\n\r\n',
  'HTTP/1.1 204 N\r\n',
  'HTTP/1.1 101 x\r\nupgrade: y\r\n',
  'HTTP/1.',
  'content-length: 3\r\n',
  'content-length: 0\r\n',
  'transfer-encoding: chunked\r\n',
  'content-encoding: gzip\r\n',
  'connection: close\r\n',
  'location: http://127.0.0.2/\r\n',
  'retry-after: 5\r\n',
  ': \r\n',
  '\r\n',
  '\n',
  '\0',
  'abc',
  '3\r\nabc\r\n',
  '0\r\n\r\n',
  'ffffff\r\n',
  '\x1b[2J',
  '😀',
];

/** Of answers, well-formed and not, as a receiver may cut them. */
const pieces = fc.oneof(
  { arbitrary: fc.constantFrom(...fragments), weight: 6 },
  {
    arbitrary: fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
    weight: 1,
  },
);

test('whatever a receiver streams, and wherever it cuts it, the attempt ends with a record', async (t) => {
  const stream = { parts: [] as readonly string[], end: 'stay' };
  const receiver = await startReceiver(t, (socket, request) => {
    if (request.includes('/control')) socket.end(answer('200 OK', 'control', 'connection: close'));
    else play(socket, stream);
  });
  const transport = transportOf(t, { addresses: [] });
  const ends = fc.constantFrom('end', 'reset', 'stay');
  await fc.assert(
    fc.asyncProperty(fc.array(pieces, { maxLength: 10 }), ends, async (parts, end) => {
      dials.clear();
      Object.assign(stream, { parts, end });
      const url = `http://127.0.0.1:${receiver.port}`;
      check(await transport.post({ ...requestTo(`${url}/hook`), timeoutMs: 30 }));
      const control = await transport.post(requestTo(`${url}/control`));
      assert.deepEqual([control.outcome, control.body], ['delivered', 'control']);
      for (const address of dials.addresses) assert.equal(address, `127.0.0.1:${receiver.port}`);
    }),
    { numRuns: 300 },
  );
});

function play(socket: Socket, { parts, end }: { parts: readonly string[]; end: string }): void {
  for (const part of parts) socket.write(part);
  if (end === 'end') socket.end();
  if (end === 'reset') socket.resetAndDestroy();
}
