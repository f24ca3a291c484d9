// A write that is held up on its way must not undo what another replica has written meanwhile.
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { type ApiProxy, startApiProxy } from '../support/api-proxy.ts';
import { getAnalysis, newNamespace } from '../support/cluster.ts';
import { sharedControlPlane } from '../support/control-plane.ts';
import { type Reply, startJournal } from '../support/journal.ts';
import { type Operator, startOperator } from '../support/operator.ts';
import { ledgerOf, openScene, type Scene } from '../support/scene.ts';
import { until } from '../support/until.ts';

const { operatorKubeconfig, dir } = sharedControlPlane();

/** What an earlier write may have left. */
const refused = { type: 'Notified', status: 'Unknown', reason: 'LedgerRefused', message: '' };

test('a record that comes late changes nothing that another replica has written', async (t) => {
  const { scene, slow, proxy, held } = await openStage(t, { write: 2, reply: 200 });
  await scene.endpoint('partner');
  await scene.analysis('run');
  await scene.report('run', { phase: 'Analyzing' });
  await held.reached;
  // It has to know nothing more than what it has written down.
  proxy.decide = ({ path }) => (path.includes('watch=true') ? 'blackhole' : 'pass');
  proxy.cutWatches('analyses');

  const quick = await startOperator(t, { kubeconfig: operatorKubeconfig, namespaces: [scene.namespace] });
  await scene.report('run', { phase: 'Success' });
  const written = ledgerOf(await scene.settled('run'));
  assert.deepEqual([written?.owner, written?.epoch], [identityOf(quick), 2]);

  held.release();
  await until(async () => (await writesOf(slow)) === 2, 'the late record is answered');
  assert.equal(await writesOf(slow, 'fenced'), 1, 'it is turned away as late, and not as against a rule');
  assert.deepEqual(ledgerOf(await getAnalysis(scene.namespace, 'run')), written);
});

test('a subscription that comes late does not replace the one that is there', async (t) => {
  // Without an answer there is nothing to record, and no later write to correct the first one.
  const { scene, slow, held } = await openStage(t, { write: 1, reply: 'hang' });
  await scene.endpoint('early');
  await scene.analysis('run');
  // Where this condition is new, its own tests would stand in for that of the ledger.
  const conditions = [{ ...refused, lastTransitionTime: new Date().toISOString() }];
  await scene.report('run', { phase: 'Analyzing', conditions });
  await held.reached;

  await scene.endpoint('later');
  await startOperator(t, { kubeconfig: operatorKubeconfig, namespaces: [scene.namespace] });
  const stored = async () => ledgerOf(await getAnalysis(scene.namespace, 'run'));
  await until(async () => (await stored()) !== undefined, 'the other one has subscribed');

  held.release();
  await until(async () => (await writesOf(slow)) === 1, 'the late subscription is answered');
  assert.deepEqual((await stored())?.endpoints.map(({ name }) => name).toSorted(), ['early', 'later']);
});

interface Stage {
  scene: Scene;
  slow: Operator;
  proxy: ApiProxy;
  held: { reached: Promise<void>; release: () => void };
}

/** An operator whose first, or second, write of the ledger of `run` is held up. */
async function openStage(t: TestContext, { write, reply }: { write: number; reply: Reply }): Promise<Stage> {
  const namespace = await newNamespace(t);
  const proxy = await startApiProxy(t, operatorKubeconfig, dir);
  const [reached, released] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let writes = 0;
  proxy.decide = async ({ method, path }) => {
    const isWrite = method === 'PATCH' && path.endsWith('/run/status');
    if (isWrite) writes += 1;
    if (isWrite && writes === write) {
      reached.resolve();
      await released.promise;
    }
    return 'pass' as const;
  };
  const slow = await startOperator(t, { kubeconfig: proxy.kubeconfig, namespaces: [namespace] });
  const scene = await openScene(t, await startJournal(t, () => reply), namespace);
  return { scene, slow, proxy, held: { reached: reached.promise, release: released.resolve } };
}

const identityOf = ({ log }: Operator) => log[0]?.['identity'];

/** Those of which this came; all of them without it. */
const writesOf = ({ metric }: Operator, result?: 'fenced') =>
  metric('heliograph_ledger_writes_total', result === undefined ? {} : { result });
