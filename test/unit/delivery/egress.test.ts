// Where a POST goes, whatever the URL, DNS and the receiver say.
import assert from 'node:assert/strict';
import { Resolver } from 'node:dns/promises';
import { test, type TestContext } from 'node:test';
import { parseCidrs } from '../../../src/delivery/address.ts';
import { createTransport, type PostRequest, type Transport } from '../../../src/delivery/transport.ts';
import { startDnsServer, type Zone } from '../../support/dns-server.ts';
import { answer, type Behaviour, startReceiver } from '../../support/receiver.ts';

/** Longer lists of spellings, separated by white space. */
const words = (text: string): string[] => text.trim().split(/\s+/);

const ok: Behaviour = (socket) => socket.write(answer('200 OK'));

async function transportOf(t: TestContext, cidrs: string, zone: Zone = () => []): Promise<Transport> {
  const server = await startDnsServer(zone);
  const resolver = new Resolver({ timeout: 100, tries: 1 });
  resolver.setServers([server.address]);
  const transport = createTransport({ allowedCidrs: parseCidrs(cidrs), allowHttp: true, resolver });
  t.after(async () => {
    await transport.close();
    server.close();
  });
  return transport;
}

const requestTo = (url: string): PostRequest => ({ url, headers: {}, body: '{}', timeoutMs: 2000 });

test('no spelling of loopback gets past the guard', async (t) => {
  const receiver = await startReceiver(t, ok);
  const transport = await transportOf(t, '');
  const canonical = words(`
    127.0.0.1 [::1] [::ffff:7f00:1] [::7f00:1] [64:ff9b::7f00:1] [2002:7f00:1::] localhost a.localhost
  `);
  const others = words(`
    2130706433 0x7f000001 0x7f.1 017700000001 127.1 127.0.0.1. １２７.0.0.1 0 [::ffff:127.0.0.1]
    [::127.0.0.1] [64:ff9b::127.0.0.1] LOCALHOST localhost.
  `);
  for (const host of [...canonical, ...others]) {
    const { outcome, message } = await transport.post(requestTo(`http://${host}:${receiver.port}/`));
    assert.equal(outcome, 'denied', host);
    const reason = canonical.includes(host) ? /^the address .* is not allowed/ : /^the URL must /;
    assert.match(message, reason);
  }
  assert.equal(receiver.connections, 0);
});

test('the refusal says what to add', async (t) => {
  const transport = await transportOf(t, '');
  const { message } = await transport.post(requestTo('https://[::ffff:a00:1]/'));
  assert.equal(
    message,
    'the address ::ffff:a00:1 is not allowed: an administrator can add 10.0.0.1/32 to --egress-allowed-cidrs',
  );
});

test('plain http is denied without its flag', async (t) => {
  const transport = createTransport({ allowedCidrs: parseCidrs('127.0.0.0/8'), allowHttp: false });
  t.after(() => transport.close());
  const { outcome, message } = await transport.post(requestTo('http://127.0.0.1:1/'));
  assert.equal(outcome, 'denied');
  assert.equal(
    message,
    'plain http is not allowed: use https, or an administrator can set --egress-allow-http',
  );
});

test('a name is looked up and its address dialled, with its own Host', async (t) => {
  const receiver = await startReceiver(t, ok);
  const transport = await transportOf(t, '127.0.0.0/8', () => ['127.0.0.1']);
  const { outcome } = await transport.post(requestTo(`http://x.example:${receiver.port}/`));
  assert.equal(outcome, 'delivered');
  assert.match(receiver.requests[0] ?? '', new RegExp(`^host: x\\.example:${receiver.port}\r$`, 'm'));
});

test('a name with any denied address is refused whole', async (t) => {
  const receiver = await startReceiver(t, ok);
  const transport = await transportOf(t, '127.0.0.0/8', () => ['127.0.0.1', '10.0.0.1']);
  const { outcome, message } = await transport.post(requestTo(`http://x.example:${receiver.port}/`));
  assert.equal(outcome, 'denied');
  assert.match(message, /^the address 10\.0\.0\.1 is not allowed/);
  assert.equal(receiver.connections, 0);
});

test('an address that changes between attempts is checked again', async (t) => {
  const receiver = await startReceiver(t, (socket) => socket.end(answer('200 OK', '', 'connection: close')));
  let address = '127.0.0.1';
  const transport = await transportOf(t, '127.0.0.0/8', () => [address]);
  const request = requestTo(`http://x.example:${receiver.port}/`);
  assert.equal((await transport.post(request)).outcome, 'delivered');
  address = '169.254.169.254';
  assert.equal((await transport.post(request)).outcome, 'denied');
  address = '127.0.0.1';
  assert.equal((await transport.post(request)).outcome, 'delivered');
  assert.equal(receiver.connections, 2);
});

test('where one address refuses, the next one is tried', async (t) => {
  const receiver = await startReceiver(t, ok, { host: '127.0.0.3' });
  const transport = await transportOf(t, '127.0.0.0/8', () => ['127.0.0.2', '127.0.0.3']);
  const { outcome } = await transport.post(requestTo(`http://x.example:${receiver.port}/`));
  assert.equal(outcome, 'delivered');
});

test('a name that does not exist is unreachable', async (t) => {
  const transport = await transportOf(t, '127.0.0.0/8');
  const { outcome, message } = await transport.post(requestTo('http://x.example/'));
  assert.deepEqual([outcome, message], ['unreachable', 'host not found: x.example']);
});

test('a silent DNS server costs no more than the deadline', async (t) => {
  const transport = await transportOf(t, '127.0.0.0/8', () => 'silent');
  const { outcome } = await transport.post({ ...requestTo('http://x.example/'), timeoutMs: 50 });
  assert.equal(outcome, 'timed_out');
  const late = await transport.post({ ...requestTo('http://y.example/') });
  assert.equal(late.message, 'could not look up the host y.example: the DNS server did not answer');
});

test('a post that ended while it waited for a connection is never sent', async (t) => {
  const receiver = await startReceiver(t, ok);
  const gate = Promise.withResolvers<string[]>();
  const resolver = { resolve4: () => gate.promise, resolve6: () => gate.promise };
  const transport = createTransport({ allowedCidrs: parseCidrs('127.0.0.0/8'), allowHttp: true, resolver });
  const request = requestTo(`http://x.example:${receiver.port}/`);
  const aborting = new AbortController();
  const aborted = transport.post({ ...request, signal: aborting.signal });
  aborting.abort(new Error('endpoint deleted'));
  await assert.rejects(aborted, /endpoint deleted/);
  gate.resolve(['127.0.0.1']);
  assert.equal((await transport.post(request)).outcome, 'delivered');
  await transport.close();
  assert.equal(receiver.requests.length, 1);
});
