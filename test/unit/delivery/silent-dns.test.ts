// Endpoints whose DNS server never answers wait for themselves alone.
import assert from 'node:assert/strict';
import { Resolver } from 'node:dns/promises';
import { test, type TestContext } from 'node:test';
import { parseCidrs } from '../../../src/delivery/address.ts';
import type { AttemptResult } from '../../../src/delivery/outcome.ts';
import { createSlots } from '../../../src/delivery/slots.ts';
import { createTransport } from '../../../src/delivery/transport.ts';
import { recordDials } from '../../support/dials.ts';
import { startDnsServer } from '../../support/dns-server.ts';
import { answer, startReceiver } from '../../support/receiver.ts';
import { until } from '../../support/until.ts';

const silent = ['a.silent.example', 'b.silent.example', 'c.silent.example'];
const others = Array.from({ length: 9 }, (_, at) => `${at}.well.example`);

/** What sends for endpoints: through slots, as many at once as the spec's default allows. */
async function openScene(t: TestContext, resolver: Resolver) {
  const dns = await startDnsServer((name) => (name.endsWith('.silent.example') ? 'silent' : ['127.0.0.1']));
  const receiver = await startReceiver(t, (socket) => socket.write(answer('200 OK')));
  resolver.setServers([dns.address]);
  const transport = createTransport({ allowedCidrs: parseCidrs('127.0.0.0/8'), allowHttp: true, resolver });
  const slots = createSlots({ global: 64 });
  const ending = new AbortController();
  t.after(async () => {
    ending.abort(new Error('the test is over'));
    resolver.cancel();
    await transport.close();
    dns.close();
  });
  const send = async (host: string): Promise<AttemptResult> => {
    const { signal } = ending;
    const slot = await slots.acquire({ key: host, limit: 10, kind: 'first', signal });
    const url = `http://${host}:${receiver.port}/`;
    try {
      return await transport.post({ url, headers: {}, body: '{}', timeoutMs: 30_000, signal });
    } finally {
      slot.release();
    }
  };
  return { dns, receiver, send };
}

/** As many at once for each of the hosts. */
const times = <T>(count: number, hosts: readonly string[], act: (host: string) => T): T[] =>
  hosts.flatMap((host) => Array.from({ length: count }, () => act(host)));

test('three endpoints with silent DNS: the others have everything before the first of them gives up', async (t) => {
  // More patient than the product's, so that a busy machine does not decide who is first.
  const { dns, receiver, send } = await openScene(t, new Resolver({ timeout: 20_000, tries: 1 }));
  const dials = recordDials();
  t.after(() => dials.stop());
  let ended = 0;
  const waiting = times(20, silent, (host) =>
    send(host).then(
      () => (ended += 1),
      () => {},
    ),
  );
  const isAsked = () => silent.every((host) => dns.questions.includes(`A ${host}`));
  await until(isAsked, 'the silent ones hang');
  const results = await Promise.all(times(50, others, send));
  assert.equal(ended, 0);
  assert.deepEqual([...new Set(results.map(({ outcome }) => outcome))], ['delivered']);
  assert.equal(receiver.requests.length, 50 * others.length);
  // getaddrinfo has four threads for all names: three that hang would leave one.
  assert.equal(dials.lookups, 0);
  assert.equal(waiting.length, 60);
});

test('names are still looked up while others time out, one after another', async (t) => {
  const { send } = await openScene(t, new Resolver({ timeout: 1000, tries: 1 }));
  const failures: AttemptResult[] = [];
  const wait = { isOver: false };
  const hanging = Promise.all(
    times(20, silent, async (host) => {
      failures.push(await send(host));
    }),
  ).then(() => (wait.isOver = true));
  let round = 0;
  for (; !wait.isOver; round += 1) {
    const results = await Promise.all(times(1, [`${round}.x.example`, `${round}.y.example`], send));
    for (const { outcome, message } of results) assert.equal(outcome, 'delivered', message);
  }
  await hanging;
  assert.ok(round > 3, `${round} rounds`);
  assert.equal(failures.length, 60);
  for (const { outcome, message } of failures) {
    assert.equal(outcome, 'unreachable');
    assert.match(message, /: the DNS server did not answer$/);
  }
});
