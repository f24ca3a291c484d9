// From hosts to addresses, against a DNS server that misbehaves on demand.
import assert from 'node:assert/strict';
import { Resolver } from 'node:dns/promises';
import { test, type TestContext } from 'node:test';
import { HostNotFoundError, NameLookupError } from '../../../src/delivery/errors.ts';
import { createResolver, resolveHost } from '../../../src/delivery/resolve.ts';
import { startDnsServer, type Zone } from '../../support/dns-server.ts';

async function resolverOf(t: TestContext, zone: Zone, timeoutMs = 100): Promise<Resolver> {
  const server = await startDnsServer(zone);
  t.after(() => server.close());
  const resolver = new Resolver({ timeout: timeoutMs, tries: 1 });
  resolver.setServers([server.address]);
  return resolver;
}

const forbidden = {
  resolve4: () => Promise.reject(new Error('DNS was asked')),
  resolve6: () => Promise.reject(new Error('DNS was asked')),
};

test('addresses and localhost need no DNS', async () => {
  assert.deepEqual(await resolveHost('192.0.2.1', forbidden), ['192.0.2.1']);
  assert.deepEqual(await resolveHost('[2001:db8::1]', forbidden), ['2001:db8::1']);
  for (const host of ['localhost', 'localhost.', 'a.localhost', 'LOCALHOST'])
    assert.deepEqual(await resolveHost(host, forbidden), ['127.0.0.1', '::1']);
});

test('A and AAAA both count, IPv4 first', async (t) => {
  const resolver = await resolverOf(t, () => ['2001:db8::7', '192.0.2.7']);
  assert.deepEqual(await resolveHost('x.example', resolver), ['192.0.2.7', '2001:db8::7']);
});

test('one family is enough', async (t) => {
  const resolver = await resolverOf(t, () => ['192.0.2.7']);
  assert.deepEqual(await resolveHost('x.example', resolver), ['192.0.2.7']);
});

test('a name that does not exist is not found', async (t) => {
  const resolver = await resolverOf(t, () => []);
  await assert.rejects(
    resolveHost('x.example', resolver),
    (error) => error instanceof HostNotFoundError && error.message === 'host not found: x.example',
  );
});

test('a shortened name of a Service is told how to be written in full', async (t) => {
  const resolver = await resolverOf(t, () => []);
  const full = {
    receiver: 'receiver.NAMESPACE.svc.cluster.local',
    'receiver.team-a.svc': 'receiver.team-a.svc.cluster.local',
  };
  for (const [host, name] of Object.entries(full))
    await assert.rejects(resolveHost(host, resolver), {
      message: `host not found: ${host} (search domains do not count: write the name in full, such as ${name})`,
    });
});

test('a silent DNS server costs bounded time', async (t) => {
  const resolver = await resolverOf(t, () => 'silent');
  await assert.rejects(
    resolveHost('x.example', resolver),
    (error) =>
      error instanceof NameLookupError &&
      error.message === 'could not look up the host x.example: the DNS server did not answer',
  );
});

test('the product asks the servers of the system', () => {
  assert.deepEqual(createResolver().getServers(), new Resolver().getServers());
});
