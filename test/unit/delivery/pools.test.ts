// How many connections are kept, for whom, and for how long.
import assert from 'node:assert/strict';
import { syncBuiltinESMExports } from 'node:module';
import { test, type TestContext } from 'node:test';
import tls from 'node:tls';
import type { TlsIdentity, TransportOptions } from '../../../src/delivery/transport.ts';
import { createCertificate } from '../../support/certificates.ts';
import { answer, startReceiver } from '../../support/receiver.ts';
import { until } from '../../support/until.ts';
import { requestTo, says, transportOf } from './posting.ts';

/** Every name is this machine. */
const resolver = { resolve4: () => Promise.resolve(['127.0.0.1']), resolve6: () => Promise.resolve([]) };

async function start(t: TestContext, options: Partial<TransportOptions> = {}) {
  const receiver = await startReceiver(t, says(answer('200 OK')));
  const transport = transportOf(t, { resolver, ...options });
  const postTo = (host: string) =>
    transport.post({ ...requestTo(receiver.port), url: `http://${host}.example:${receiver.port}/` });
  return { receiver, transport, postTo };
}

test('beyond the bound the one that was not used for longest is closed', async (t) => {
  const { receiver, transport, postTo } = await start(t, { maxPools: 3 });
  for (const host of ['a', 'b', 'c', 'a', 'd']) await postTo(host);
  assert.deepEqual([transport.pools, receiver.connections], [3, 4]);
  for (const host of ['a', 'c', 'd']) await postTo(host);
  assert.equal(receiver.connections, 4, 'a, c and d were kept');
  await postTo('b');
  assert.equal(receiver.connections, 5, 'b was closed');
});

test('one that is in use is not closed, and those too many go when they are done', async (t) => {
  const waiting: (() => void)[] = [];
  const receiver = await startReceiver(t, (socket) => {
    waiting.push(() => socket.write(answer('200 OK')));
  });
  const transport = transportOf(t, { resolver, maxPools: 2 });
  const posts = ['a', 'b', 'c', 'd'].map((host) =>
    transport.post({ ...requestTo(receiver.port), url: `http://${host}.example:${receiver.port}/` }),
  );
  await until(() => waiting.length === 4, 'all have arrived');
  assert.equal(transport.pools, 4);
  for (const release of waiting) release();
  for (const { outcome } of await Promise.all(posts)) assert.equal(outcome, 'delivered');
  assert.equal(transport.pools, 2);
  await until(() => receiver.open <= 2, 'two are closed');
});

test('ten thousand origins stay within the budget of a thousand connections', async (t) => {
  const { receiver, transport, postTo } = await start(t);
  let next = 0;
  let most = 0;
  const lane = async (): Promise<void> => {
    while (next < 10_000) {
      next += 1;
      const { outcome, message } = await postTo(`host-${next}`);
      assert.equal(outcome, 'delivered', message);
      most = Math.max(most, receiver.open);
      assert.ok(transport.pools <= 1000 + lanes, `${transport.pools} pools`);
    }
  };
  const lanes = 8;
  await Promise.all(Array.from({ length: lanes }, lane));
  assert.equal(receiver.requests.length, 10_000);
  assert.ok(transport.pools <= 1000);
  // The receiver sees the end of a connection some time after this side has closed it.
  assert.ok(most < 1200, `${most} connections at once`);
});

test('the certificates of an identity are read once, and again after it was forgotten', async (t) => {
  const authority = createCertificate({ names: ['Authority'], isAuthority: true });
  const certificate = createCertificate({ names: ['a.example', 'b.example'], issuer: authority });
  const client = createCertificate({ names: ['client'], issuer: authority });
  const receiver = await startReceiver(t, says(answer('200 OK')), { certificate });
  const transport = transportOf(t, { resolver, forgetAfterMs: 50 });
  const read = t.mock.method(tls, 'createSecureContext');
  syncBuiltinESMExports();
  t.after(() => {
    read.mock.restore();
    syncBuiltinESMExports();
  });
  const postTo = async (host: string, identity: TlsIdentity): Promise<void> => {
    const url = `https://${host}.example:${receiver.port}/`;
    const { outcome, message } = await transport.post({ ...requestTo(1), url, tls: identity });
    assert.equal(outcome, 'delivered', message);
  };
  const identity = { ca: authority.cert, cert: client.cert, key: client.key };
  for (const host of ['a', 'b', 'a']) await postTo(host, { ...identity });
  assert.equal(read.mock.callCount(), 1);
  await postTo('a', { ca: authority.cert });
  assert.equal(read.mock.callCount(), 2);
  await until(() => transport.pools === 0, 'all are forgotten');
  await postTo('b', identity);
  assert.equal(read.mock.callCount(), 3);
});

test('the same origin with another authority is another pool', async (t) => {
  const authority = createCertificate({ names: ['Authority'], isAuthority: true });
  const certificate = createCertificate({ names: ['a.example'], issuer: authority });
  const receiver = await startReceiver(t, says(answer('200 OK')), { certificate });
  const transport = transportOf(t, { resolver });
  const url = `https://a.example:${receiver.port}/`;
  const outcomes: string[] = [];
  const trusted = { ca: authority.cert };
  for (const identity of [trusted, {}, trusted, { ca: certificate.cert }])
    outcomes.push((await transport.post({ ...requestTo(1), url, tls: identity })).outcome);
  // The second one finds an open connection that it may not use.
  assert.deepEqual(outcomes, ['delivered', 'tls', 'delivered', 'delivered']);
  assert.deepEqual([receiver.requests.length, transport.pools], [3, 3]);
});

test('to plain http a TLS identity makes no difference', async (t) => {
  const receiver = await startReceiver(t, says(answer('200 OK')));
  const transport = transportOf(t);
  for (const identity of [{}, { ca: 'unused' }])
    assert.equal((await transport.post({ ...requestTo(receiver.port), tls: identity })).outcome, 'delivered');
  assert.equal(transport.pools, 1);
});
