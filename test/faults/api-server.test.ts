// The API server is away for long, and etcd stands still: deliveries go on meanwhile, nothing is lost, nothing repeated.
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ConnectionError } from '../../src/kube/errors.ts';
import { objectPath } from '../../src/kube/paths.ts';
import { adminClient, analysisType, getAnalysis, newNamespace } from '../support/cluster.ts';
import { type Journal, startJournal } from '../support/journal.ts';
import { checkInvariants } from '../support/model.ts';
import { type Operator, startOperator } from '../support/operator.ts';
import { startOwnControlPlane } from '../support/own-control-plane.ts';
import { everyStep, ledgerOf, openScene, type Scene, wholeStory } from '../support/scene.ts';
import { until } from '../support/until.ts';

const outageMs = 30_000;
const standstillMs = 5000;

interface Stage {
  scene: Scene;
  journal: Journal;
  operator: Operator;
  /** What the receiver answers. */
  answer: { status: number };
}

test('API servers that do not answer', async (t) => {
  const controlPlane = await startOwnControlPlane(t);

  await t.test('the API server is down for 30 s: deliveries go on, and come on record later', async () => {
    const stage = await openStage(t, controlPlane.operatorKubeconfig);
    const { scene, journal, operator, answer } = stage;
    await beginOwing(stage);
    await controlPlane.apiServer.kill('SIGKILL');
    const isDownAt = performance.now();
    answer.status = 200;
    const acknowledged = () => journal.receipts.filter(({ status }) => status === 200).length;
    await journal.until('what is owed arrives without an API server', () => acknowledged() === 6);
    await sleep(isDownAt + outageMs - performance.now());
    assert.equal((await fetch(`${operator.healthUrl}/livez`)).status, 200);
    await controlPlane.apiServer.start();
    await scene.persist('run', ...everyStep.slice(6));
    await checkEnd(stage);
  });

  await t.test('etcd stands still for 5 s: writes wait, and nothing comes twice', async () => {
    const stage = await openStage(t, controlPlane.operatorKubeconfig);
    const { scene, answer } = stage;
    await beginOwing(stage);
    await controlPlane.etcd.kill('SIGSTOP');
    try {
      answer.status = 200;
      // A process on a busy machine does not stop at once.
      await until(async () => !(await writes(scene, standstillMs)), 'a write gets no answer for 5 s');
    } finally {
      await controlPlane.etcd.kill('SIGCONT');
    }
    await scene.persist('run', ...everyStep.slice(6));
    await checkEnd(stage);
  });
});

async function openStage(t: TestContext, kubeconfig: string): Promise<Stage> {
  const answer = { status: 503 };
  const journal = await startJournal(t, () => answer.status);
  const scene = await openScene(t, journal, await newNamespace({ after: () => {} }));
  await scene.endpoint('partner', { delivery: { initialBackoffSeconds: 1, maxBackoffSeconds: 1 } });
  const operator = await startOperator(t, { kubeconfig, namespaces: [scene.namespace] });
  return { scene, journal, operator, answer };
}

/** Resolves when six events are owed to a receiver that fails, and an attempt is on record. */
async function beginOwing({ scene }: Stage): Promise<void> {
  await scene.analysis('run');
  await scene.report('run', ...everyStep.slice(0, 6));
  const attempts = async () => {
    const [subscription] = ledgerOf(await getAnalysis(scene.namespace, 'run'))?.endpoints ?? [];
    return subscription?.deliveries.length === 6 ? (subscription.deliveries[0]?.attempts ?? 0) : 0;
  };
  await until(async () => (await attempts()) > 0, 'an attempt is on record');
}

/** Whether a write is answered within that time. */
async function writes({ namespace }: Scene, timeoutMs: number): Promise<boolean> {
  const path = objectPath(analysisType, namespace, 'run', 'status');
  const body = { status: { message: `at ${performance.now()}` } };
  const contentType = 'application/merge-patch+json';
  try {
    await adminClient().request({ method: 'PATCH', contentType, path, body, timeoutMs });
    return true;
  } catch (error) {
    if (!(error instanceof ConnectionError)) throw error;
    return false;
  }
}

/** The operator has lived on, and remembers what it has sent. */
async function checkEnd({ scene, operator }: Stage): Promise<void> {
  const analysis = await scene.settled('run', 120_000);
  assert.equal(checkInvariants([analysis], scene.receipts(), { crashes: 0 }), 0);
  assert.deepEqual([...new Set(scene.story('partner', analysis))], wholeStory);
  assert.equal(await operator.kill('SIGTERM'), 0);
}
