// No rule of the operator's role is superfluous: without any one of them something fails, and it says what.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { parse } from 'yaml';
import { repository } from '../../tools/control-plane/paths.ts';
import { getEndpoint, newNamespace } from '../support/cluster.ts';
import { type Journal, startJournal } from '../support/journal.ts';
import { type Operator, startOperator } from '../support/operator.ts';
import { startOwnControlPlane } from '../support/own-control-plane.ts';
import { conditionOf, openScene } from '../support/scene.ts';
import { applyConfigMap, applySecret } from '../support/secrets.ts';
import { until } from '../support/until.ts';
import { createServiceAccount, type PolicyRule } from '../support/worker.ts';

interface Grant {
  apiGroup: string;
  resource: string;
  verb: string;
}

const rules = ['operator-rules.yaml', 'lease-rules.yaml'].flatMap(
  (name) => parse(readFileSync(join(repository, 'helm/heliograph/files', name), 'utf8')) as PolicyRule[],
);

const grants: readonly Grant[] = rules.flatMap(({ apiGroups: [apiGroup = ''], resources, verbs }) =>
  resources.flatMap((resource) => verbs.map((verb) => ({ apiGroup, resource, verb }))),
);

test('the operator needs every rule of its role', { concurrency: 4 }, async (t) => {
  // The ledger's policy knows one operator, and here each rule has one of its own.
  await startOwnControlPlane(t, { values: ['ledgerPolicy.enabled=false'] });
  const journal = await startJournal(t, ({ path }) => (path.endsWith('/gone') ? 410 : 200));

  await Promise.all([
    t.test('with all of them all is well', async (sub) => {
      const { operator, scene } = await play(sub, journal, grants);
      const received = (endpoint: string) => journal.at(`/${scene.namespace}/${endpoint}`).length;
      const all = { partner: 11, gone: 1, job: 1 };
      await until(
        () => Object.entries(all).every(([endpoint, count]) => received(endpoint) === count),
        'all is delivered',
      );
      assert.equal(await operator.kill('SIGTERM'), 0);
      assert.deepEqual(await complaints(operator, scene.namespace), []);
    }),
    ...grants.map((grant) =>
      t.test(`without the right to ${grant.verb} ${grant.resource}`, async (sub) => {
        const { operator, scene } = await play(
          sub,
          journal,
          grants.filter((other) => other !== grant),
        );
        // Which takes its own Lease away.
        if (grant.verb === 'delete') await operator.kill('SIGTERM');
        const isTold = async () =>
          (await complaints(operator, scene.namespace)).some((line) => explains(line, grant));
        await until(isTold, 'somebody is told', 60_000);
      }),
    ),
  ]);
});

/** A run that takes every right: endpoints with references, one that is gone, a result, a share of the work. */
async function play(t: TestContext, journal: Journal, granted: readonly Grant[]) {
  const scene = await openScene(t, journal, await newNamespace(t));
  const { namespace } = scene;
  const kubeconfig = await createServiceAccount(namespace, 'operator', granted.map(ruleOf));
  await applySecret(namespace, 'partner', { token: 'a' });
  await applyConfigMap(namespace, 'authorities', { 'ca.crt': 'b' });
  const reference = { secretKeyRef: { name: 'partner', key: 'token' } };
  await scene.endpoint('partner', { headers: [{ name: 'X-Token', valueFrom: reference }] });
  await scene.endpoint('gone');
  await scene.endpoint('job', { format: 'JobResult' });
  await scene.analysis('run');
  const operator = await startOperator(t, {
    kubeconfig,
    namespaces: [namespace],
    flags: [`--lease-namespace=${namespace}`, '--lease-duration-seconds=5'],
    withoutReady: true,
  });
  await scene.endpoint('trusting', {
    tls: { caRef: { kind: 'ConfigMap', name: 'authorities', key: 'ca.crt' } },
  });
  await scene.report('run', { phase: 'Success', result: { found: 1 } });
  return { operator, scene };
}

function ruleOf({ apiGroup, resource, verb }: Grant): PolicyRule {
  return { apiGroups: [apiGroup], resources: [resource], verbs: [verb] };
}

/** What the log and the endpoints' conditions say of rights. */
async function complaints({ log }: Operator, namespace: string): Promise<string[]> {
  const endpoints = await Promise.all(['partner', 'trusting'].map((name) => getEndpoint(namespace, name)));
  const messages = endpoints.map((endpoint) => conditionOf(endpoint, 'Ready')?.message ?? '');
  return [...log.map((entry) => JSON.stringify(entry)), ...messages].filter((line) =>
    /forbidden|may not/i.test(line),
  );
}

function explains(line: string, { resource, verb }: Grant): boolean {
  const kind = new Map([
    ['secrets', 'Secret'],
    ['configmaps', 'ConfigMap'],
  ]).get(resource);
  const unquoted = line.replaceAll(/[\\"]/g, '');
  return unquoted.includes(
    kind === undefined ? `cannot ${verb} resource ${resource} ` : `he operator may not read ${kind} `,
  );
}
