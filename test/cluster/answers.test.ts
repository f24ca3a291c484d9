// Answers that would lead the operator astray: one that does not end, and some that say to go elsewhere.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';
import { newNamespace } from '../support/cluster.ts';
import { sharedControlPlane } from '../support/control-plane.ts';
import { startJournal } from '../support/journal.ts';
import { startOperator } from '../support/operator.ts';
import { ledgerOf, openScene } from '../support/scene.ts';

const megabyte = 1024 * 1024;

/** More than the buffers between two sockets hold; then it is silent, and leaves the answer open. */
const most = 64 * megabyte;

test('an answer without end is left as soon as there is enough of it', async (t) => {
  let taken = 0;
  const flood = (response: ServerResponse) => {
    response.writeHead(200);
    const pump = () => {
      let isOpen = true;
      while (isOpen && taken < most) {
        taken += megabyte;
        isOpen = response.write('x'.repeat(megabyte));
      }
      response.once('drain', pump);
    };
    pump();
  };
  const scene = await open(t, flood);
  await scene.endpoint('partner', { events: ['analysis.failed'], delivery: { timeoutSeconds: 15 } });
  await scene.analysis('run');
  await scene.report('run', { phase: 'Failed' });
  const ended = await scene.settled('run');
  assert.equal(ledgerOf(ended)?.endpoints[0]?.lastResponse?.body, 'x'.repeat(512));
  assert.ok(taken < most, `${taken / megabyte} MB were taken`);
});

test('a redirect is neither followed nor taken for an acknowledgement', async (t) => {
  const codes = [301, 302, 303, 307, 308];
  const seen: string[] = [];
  const receiver = createServer(({ url = '' }, response) => {
    seen.push(url);
    if (url === '/elsewhere') response.end();
    else response.writeHead(Number(url.slice(1)), { location: '/elsewhere' }).end();
  });
  receiver.listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  t.after(() => receiver.close());
  const { port } = receiver.address() as AddressInfo;
  const scene = await open(t);
  for (const code of codes)
    await scene.endpoint(`partner-${code}`, {
      url: `http://127.0.0.1:${port}/${code}`,
      delivery: { maxAttempts: 1 },
    });
  await scene.analysis('run');
  await scene.report('run', { phase: 'Failed' });
  const { endpoints = [] } = ledgerOf(await scene.settled('run')) ?? {};
  assert.equal(endpoints.length, codes.length);
  for (const { deliveries, lastResponse } of endpoints) {
    assert.ok(deliveries.every(({ state }) => state === 'GivenUp'));
    assert.match(lastResponse?.message ?? '', /redirects are not followed/);
  }
  assert.deepEqual(
    seen.toSorted(),
    codes.flatMap((code) => [`/${code}`, `/${code}`]),
  );
});

/** With an operator for it. */
async function open(t: TestContext, reply?: (response: ServerResponse) => void) {
  const journal = await startJournal(t, () => reply ?? 200);
  const namespace = await newNamespace(t);
  await startOperator(t, { kubeconfig: sharedControlPlane().operatorKubeconfig, namespaces: [namespace] });
  return await openScene(t, journal, namespace);
}
