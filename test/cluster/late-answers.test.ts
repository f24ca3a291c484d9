// What is read to learn of a write's fate may be older, by the time it is here, than what the watch has told meanwhile.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { redeliverLabel } from '../../src/api/group.ts';
import { objectPath } from '../../src/kube/paths.ts';
import { startApiProxy } from '../support/api-proxy.ts';
import { adminClient, analysisType, newNamespace } from '../support/cluster.ts';
import { sharedControlPlane } from '../support/control-plane.ts';
import { startJournal } from '../support/journal.ts';
import { startOperator } from '../support/operator.ts';
import { openScene } from '../support/scene.ts';
import { until } from '../support/until.ts';

test('a redelivery that is asked for meanwhile is carried out', async (t) => {
  const { operatorKubeconfig, dir } = sharedControlPlane();
  const namespace = await newNamespace(t);
  const path = objectPath(analysisType, namespace, 'run');
  const proxy = await startApiProxy(t, operatorKubeconfig, dir);
  const told = Promise.withResolvers<void>();
  proxy.watchTells = (watched, line) => {
    if (watched.includes('labelSelector') && line.includes('11.again')) told.resolve();
    return true;
  };
  const ask = async () => {
    await adminClient().patchMerge(path, { metadata: { labels: { [redeliverLabel]: '11.again' } } });
    await told.promise;
    return 'go on' as const;
  };
  let writes = 0;
  let reads = 0;
  proxy.decide = ({ method, path: asked }) => {
    // The second write is the record that settles it; its answer is lost, so the operator asks what is stored.
    if (method === 'PATCH' && asked === `${path}/status` && ++writes === 2) return 'lose';
    return asked === path && ++reads === 1 ? { beforeReplying: ask } : 'pass';
  };
  await startOperator(t, { kubeconfig: proxy.kubeconfig, namespaces: [namespace] });
  const scene = await openScene(t, await startJournal(t), namespace);
  await scene.endpoint('partner');
  const analysis = await scene.analysis('run');
  await scene.report('run', { phase: 'Success' });
  await until(
    () => scene.story('partner', analysis).filter((event) => event.startsWith('11 ')).length === 2,
    'the last event has come again',
    20_000,
  );
  assert.ok(reads > 0, 'the operator has asked what is stored');
});
