// An API server that refuses what is too much: the operator asks for less, and nothing is lost.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { adminClient, newNamespace } from '../support/cluster.ts';
import { startJournal } from '../support/journal.ts';
import { checkInvariants } from '../support/model.ts';
import { startOperator } from '../support/operator.ts';
import { startOwnControlPlane } from '../support/own-control-plane.ts';
import { operatorUser } from '../support/release.ts';
import { everyStep, openScene } from '../support/scene.ts';
import { until } from '../support/until.ts';

const flowControl = '/apis/flowcontrol.apiserver.k8s.io/v1';

test('an API server that answers 429 is asked for less, and all is delivered', async (t) => {
  const { operatorKubeconfig: kubeconfig } = await startOwnControlPlane(t);
  await throttleOperator();
  const namespace = await newNamespace({ after: () => {} });
  const journal = await startJournal(t);
  const scene = await openScene(t, journal, namespace);
  await scene.endpoint('partner');
  const names = Array.from({ length: 100 }, (_, index) => `run-${index}`);
  await Promise.all(names.map((name) => scene.analysis(name)));
  const operator = await startOperator(t, { kubeconfig, namespaces: [namespace] });

  await Promise.all(names.map((name) => scene.report(name, ...everyStep)));
  const analyses = await Promise.all(names.map((name) => scene.settled(name, 120_000)));

  assert.equal(checkInvariants(analyses, scene.receipts()), 0, 'nothing came twice');
  const throttled = await operator.metric('heliograph_api_requests_throttled_total');
  const requests = await operator.metric('heliograph_api_requests_total');
  t.diagnostic(`${throttled} of ${requests} requests were refused with 429`);
  assert.ok(throttled > 0, 'it was throttled');
  assert.ok(throttled < requests / 4, 'most of the time it asks for no more than it gets');
  assert.equal((await fetch(`${operator.healthUrl}/livez`)).status, 200);
});

/** The fewest seats that there can be, and no queue. Resolves when that is in force. */
async function throttleOperator(): Promise<void> {
  const metadata = { name: 'throttled' };
  const level = {
    apiVersion: 'flowcontrol.apiserver.k8s.io/v1',
    kind: 'PriorityLevelConfiguration',
    metadata,
    spec: {
      type: 'Limited',
      limited: { nominalConcurrencyShares: 1, borrowingLimitPercent: 0, limitResponse: { type: 'Reject' } },
    },
  };
  const schema = {
    apiVersion: 'flowcontrol.apiserver.k8s.io/v1',
    kind: 'FlowSchema',
    metadata,
    spec: {
      priorityLevelConfiguration: metadata,
      matchingPrecedence: 100,
      rules: [
        {
          subjects: [{ kind: 'User', user: { name: operatorUser } }],
          resourceRules: [
            { verbs: ['*'], apiGroups: ['*'], resources: ['*'], namespaces: ['*'], clusterScope: true },
          ],
        },
      ],
    },
  };
  await adminClient().create(`${flowControl}/prioritylevelconfigurations`, level);
  await adminClient().create(`${flowControl}/flowschemas`, schema);
  const isInForce = async () => {
    const { status } = await adminClient().get<{
      status?: { conditions?: { type: string; status: string }[] };
    }>(`${flowControl}/flowschemas/throttled`);
    return (
      status?.conditions?.some(
        ({ type, status: dangling }) => type === 'Dangling' && dangling === 'False',
      ) === true
    );
  };
  await until(isInForce, 'the flow schema is in force');
}
