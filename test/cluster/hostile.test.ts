// The hostile inputs of the transport's tables, through the whole operator: what the status shows of each, what the
// receiver saw, and that neither a trap nor another endpoint is touched. And DNS servers that never answer.
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { STATUS_CODES } from 'node:http';
import { test, type TestContext } from 'node:test';
import type { LastResponse } from '../../src/api/ledger.ts';
import { isRefusedByRule } from '../../src/kube/errors.ts';
import { newNamespace } from '../support/cluster.ts';
import { sharedControlPlane } from '../support/control-plane.ts';
import { startJournal } from '../support/journal.ts';
import { startOperator } from '../support/operator.ts';
import { ledgerOf, openScene, wholeStory } from '../support/scene.ts';
import { until } from '../support/until.ts';
import { addresses } from '../unit/delivery/hostile/addresses.ts';
import { answersRows } from '../unit/delivery/hostile/answers.ts';
import type { Row, Shown } from '../unit/delivery/hostile/row.ts';
import { startHostileReceiver } from '../unit/delivery/hostile/stage.ts';

/** One analysis tells at most 32 endpoints. */
const batchSize = 30;

const playable = [...addresses, ...answersRows].filter(
  // One operator has one DNS: rows with a zone of their own play in the unit tests alone.
  ({ request = {}, certificate, zone, times = 1 }) =>
    certificate === undefined &&
    zone === undefined &&
    times === 1 &&
    Object.keys(request).every((key) => key === 'timeoutMs'),
);

test('what the status shows of hostile inputs', async (t) => {
  assert.ok(playable.length >= 60, `${playable.length} rows`);
  const batches = Array.from({ length: Math.ceil(playable.length / batchSize) }, (_, index) =>
    playable.slice(index * batchSize, (index + 1) * batchSize),
  );
  const namespaces = await Promise.all(batches.map(() => newNamespace(t)));
  await startOperator(t, {
    kubeconfig: sharedControlPlane().operatorKubeconfig,
    namespaces,
    // As the tables have it, where 127.0.0.5 is an address of our own in an open network.
    flags: ['--egress-allowed-cidrs=127.0.0.1/32,127.0.0.4/31'],
    env: { POD_IP: '127.0.0.5' },
  });
  const shown = { inStatus: 0, refused: 0 };
  for (const [index, rows] of batches.entries()) await playBatch(t, rows, namespaces[index] ?? '', shown);
  t.diagnostic(`${shown.inStatus} rows shown in status, ${shown.refused} refused when they were applied`);
  assert.ok(shown.inStatus >= 60, `${shown.inStatus} rows`);
});

async function playBatch(
  t: TestContext,
  rows: readonly Row[],
  namespace: string,
  shown: { inStatus: number; refused: number },
): Promise<void> {
  const journal = await startJournal(t);
  const scene = await openScene(t, journal, namespace);
  await scene.endpoint('neighbour');
  const applied = new Map<string, { row: Row; seen: string[]; touched: string[] }>();
  for (const [index, row] of rows.entries()) {
    const { port, seen, touched } = await startHostileReceiver(t, row);
    const url = (row.url ?? 'http://127.0.0.1:PORT/hook')
      .replaceAll('PORT', String(port))
      .replaceAll('CLOSED', '1');
    const name = `row-${index}`;
    try {
      const delivery = { timeoutSeconds: 1, maxAttempts: 1 };
      await scene.endpoint(name, { url, delivery, events: ['analysis.failed'] });
      applied.set(name, { row, seen, touched });
    } catch (error) {
      if (!isRefusedByRule(error)) throw error;
      assert.equal(row.shows.outcome, 'denied', row.title);
      shown.refused += 1;
    }
  }
  const analysis = await scene.analysis('run');
  await scene.report('run', { phase: 'Failed' });
  const ended = await scene.settled('run', 60_000);
  assert.deepEqual(scene.story('neighbour', analysis), [wholeStory[0], '11 analysis.failed failed 0']);
  for (const { name, lastResponse } of ledgerOf(ended)?.endpoints ?? []) {
    const played = applied.get(name);
    if (played === undefined) continue;
    const { row, seen, touched } = played;
    assert.ok(lastResponse, row.title);
    checkShown(row, lastResponse);
    assert.equal(seen.length > 0, row.sees !== 'nothing', `${row.title}: what the receiver saw`);
    assert.deepEqual(touched, [], row.title);
    shown.inStatus += 1;
  }
}

function checkShown({ title, shows }: Row, { statusCode, status, body, message }: LastResponse): void {
  assert.equal(statusCode, shows.statusCode, title);
  if (statusCode !== undefined) {
    check(status, shows.status ?? `${statusCode} ${STATUS_CODES[statusCode] ?? ''}`.trim(), title);
    check(body, shows.body ?? '', title);
  }
  const event = 'webhook event with type analysis.failed';
  if (shows.outcome === 'delivered') assert.equal(message, `${event} succeeded`, title);
  else {
    const reason = message.replace(`${event} failed: `, '');
    assert.notEqual(reason, message, title);
    // The tables have shorter deadlines than an endpoint can have.
    check(reason, reasonOf(shows), title);
  }
}

function reasonOf({ outcome, message }: Shown): string | RegExp {
  return outcome === 'timed_out' ? /timed out/ : message;
}

function check(text: string | undefined, expected: string | RegExp, title: string): void {
  if (typeof expected === 'string') assert.equal(text, expected, title);
  else assert.match(text ?? '', expected, title);
}

test('three endpoints whose DNS server never answers: the others have everything first', async (t) => {
  const silent = createSocket('udp4');
  silent.on('error', () => {});
  silent.bind(53, '127.0.0.53');
  const isBound = await Promise.race([
    once(silent, 'listening').then(() => true),
    once(silent, 'error').then(() => false),
  ]);
  t.after(() => silent.close());
  if (!isBound || process.getuid?.() !== 0 || process.platform !== 'linux')
    return t.skip('takes Linux and root: port 53, and a resolv.conf of its own');
  const asked: string[] = [];
  silent.on('message', (query) => asked.push(query.toString('latin1')));
  const namespace = await newNamespace(t);
  const journal = await startJournal(t);
  const operator = await startOperator(t, {
    kubeconfig: sharedControlPlane().operatorKubeconfig,
    namespaces: [namespace],
    nameserver: '127.0.0.53',
  });
  const scene = await openScene(t, journal, namespace);
  for (const name of ['one', 'two', 'three'])
    await scene.endpoint(`silent-${name}`, { url: `https://${name}.silent.example/hook` });
  const well = Array.from({ length: 10 }, (_, index) => `well-${index}`);
  for (const name of well) await scene.endpoint(name);
  const analysis = await scene.analysis('run');
  await scene.report('run', { phase: 'Success' });
  await journal.until('the others have everything', () =>
    well.every((name) => scene.story(name, analysis).length === wholeStory.length),
  );
  const attempts = () =>
    operator.log.filter(
      ({ event, endpoint }) => event === 'attempt' && String(endpoint).startsWith('silent'),
    );
  assert.deepEqual(attempts(), [], 'none of the three has come to an end');
  for (const name of well) assert.deepEqual(scene.story(name, analysis), wholeStory);
  await until(() => attempts().length >= 3, 'the three have timed out', 30_000);
  for (const { message } of attempts()) assert.match(String(message), /could not look up the host|timed out/);
  assert.ok(asked.some((query) => query.includes('silent')));
});
