// etcd is restored from a backup that is older than what was delivered since.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { ensurePrograms } from '../../tools/control-plane/binaries.ts';
import { etcdutl } from '../../tools/control-plane/program-sets.ts';
import type { ControlPlane } from '../../tools/control-plane/start.ts';
import { getAnalysis, newNamespace } from '../support/cluster.ts';
import { Etcd } from '../support/etcd.ts';
import { startJournal } from '../support/journal.ts';
import { startOperator } from '../support/operator.ts';
import { startOwnControlPlane } from '../support/own-control-plane.ts';
import { everyStep, ledgerOf, openScene, wholeStory } from '../support/scene.ts';
import { until } from '../support/until.ts';

const halfway = everyStep.slice(0, 6);
const rest = everyStep.slice(6);

test('after a restore events may come again under their own ids, and none is lost', async (t) => {
  const controlPlane = await startOwnControlPlane(t);
  const namespaces = [await newNamespace({ after: () => {} }), await newNamespace({ after: () => {} })];
  const [staying, restarted] = namespaces as [string, string];
  const journal = await startJournal(t);
  const kubeconfig = controlPlane.operatorKubeconfig;
  // One operator remembers what it has sent; the other one ends with the outage.
  await startOperator(t, { kubeconfig, namespaces: [staying] });
  const ending = await startOperator(t, { kubeconfig, namespaces: [restarted] });
  const scenes = await Promise.all(namespaces.map((namespace) => openScene(t, journal, namespace)));
  for (const scene of scenes) {
    await scene.endpoint('partner');
    for (const name of ['early', 'late']) await scene.analysis(name);
    await scene.report('early', ...halfway);
    const isOnRecord = async () => {
      const [subscription] = ledgerOf(await getAnalysis(scene.namespace, 'early'))?.endpoints ?? [];
      return subscription?.deliveries.filter(({ state }) => state === 'Delivered').length === halfway.length;
    };
    await until(isOnRecord, 'half of it is on record');
  }

  const backup = join(controlPlane.dir, 'backup.db');
  await new Etcd(controlPlane.ports.etcd).save(backup);
  for (const scene of scenes) {
    await scene.report('early', ...rest);
    // The backup knows nothing of this one but that it was queued.
    await scene.report('late', ...everyStep);
    await Promise.all([scene.settled('early'), scene.settled('late')]);
  }
  assert.equal(journal.receipts.length, 4 * 11);
  await restore(controlPlane, backup, () => ending.kill('SIGKILL'));
  await startOperator(t, { kubeconfig, namespaces: [restarted] });

  for (const scene of scenes) {
    const { status } = await getAnalysis(scene.namespace, 'early');
    assert.deepEqual([status.phase, status.percentage], ['Analyzing', 50]);
    await scene.report('early', ...rest);
    await scene.report('late', ...everyStep);
    const analyses = await Promise.all([scene.settled('early'), scene.settled('late')]);
    for (const analysis of analyses) {
      const story = scene.story('partner', analysis);
      assert.deepEqual([...new Set(story)], wholeStory, 'the same events, and no others');
      // What the backup has on record as delivered is not sent again.
      const expected = analysis.metadata.name === 'early' ? rest.length : everyStep.length;
      assert.ok(story.length - 11 <= expected, `${story.length} receipts`);
      t.diagnostic(
        `${scene.namespace === staying ? 'an operator that stays' : 'another operator'}, ` +
          `${analysis.metadata.name}: ${story.length - 11} of 11 came again`,
      );
    }
  }
});

/** As docs/operations.md describes it. */
async function restore(
  controlPlane: ControlPlane,
  backup: string,
  meanwhile: () => Promise<unknown>,
): Promise<void> {
  const program = join(await ensurePrograms(etcdutl), 'etcdutl');
  const data = join(controlPlane.dir, 'etcd');
  await controlPlane.apiServer.kill('SIGKILL');
  await controlPlane.etcd.kill('SIGKILL');
  await meanwhile();
  rmSync(data, { recursive: true });
  await promisify(execFile)(program, [
    'snapshot',
    'restore',
    backup,
    `--data-dir=${data}`,
    // Versions that watches know of must not come again with other contents.
    '--bump-revision=1000000',
    '--mark-compacted',
  ]);
  await controlPlane.etcd.start();
  await controlPlane.apiServer.start();
}
