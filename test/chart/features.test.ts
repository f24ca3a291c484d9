// Every feature of the chart: lint has nothing to say of it, the API server knows each field, and its pods are restricted.
import assert from 'node:assert/strict';
import { basename } from 'node:path';
import { test } from 'node:test';
import { adminClient, newNamespace } from '../support/cluster.ts';
import { chart, runHelm } from '../support/helm.ts';
import { kubectl } from '../support/kubectl.ts';
import { featureFiles, type Manifest, podOf, render } from './render.ts';

const features = [
  { feature: 'the default', values: [] },
  ...featureFiles.map((file) => ({ feature: basename(file, '-values.yaml'), values: ['--values', file] })),
];

test('each feature', { concurrency: 2 }, async (t) => {
  const namespace = await newNamespace(t);
  await adminClient().patchMerge(`/api/v1/namespaces/${namespace}`, {
    metadata: { labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
  });
  const manifestsOf = (values: readonly string[]) => render(['--namespace', namespace, ...values]);

  await Promise.all(
    features.flatMap(({ feature, values }) => [
      t.test(`lint finds nothing in ${feature}`, async () => {
        const { code, stdout, stderr } = await runHelm(['lint', '--strict', '--quiet', chart, ...values]);

        assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: '', stderr: '' });
      }),

      t.test(`the API server knows every field of ${feature}`, async () => {
        const manifests = await manifestsOf(values);

        await assertTaken(manifests.filter(({ apiVersion }) => !isOfPrometheus(apiVersion)));
      }),

      t.test(`the pods of ${feature} are restricted`, async () => {
        const deployment = (await manifestsOf(values)).find(({ kind }) => kind === 'Deployment');
        assert.ok(deployment !== undefined);

        await assertTaken([podOf(deployment)]);
      }),
    ]),
  );

  await t.test('pods that are not restricted are refused there', async () => {
    const values = ['--set', 'securityContext.allowPrivilegeEscalation=true'];
    const deployment = (await manifestsOf(values)).find(({ kind }) => kind === 'Deployment');
    assert.ok(deployment !== undefined);

    const { stderr } = await tryToApply([podOf(deployment)]);

    assert.match(stderr, /violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false/);
  });

  await t.test('a field that there is not is refused', async () => {
    const values = ['--set', 'affinity.podAntiAffinity.prefered=true'];

    const { stderr } = await tryToApply(await manifestsOf(values));

    assert.match(stderr, /podAntiAffinity\): unknown field "prefered"/);
  });
});

/** What the API server here does not know; monitoring.test.ts looks at these. */
function isOfPrometheus(apiVersion: string): boolean {
  return apiVersion.startsWith('monitoring.coreos.com/');
}

async function assertTaken(manifests: readonly Manifest[]): Promise<void> {
  const { code, stdout, stderr } = await tryToApply(manifests);

  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
  assert.equal(stdout.match(/\(server dry run\)/g)?.length ?? 0, manifests.length);
}

async function tryToApply(manifests: readonly Manifest[]) {
  const flags = ['--server-side', '--dry-run=server', '--validate=strict', '--force-conflicts'];
  return await kubectl(['apply', ...flags, '-f', '-'], {
    input: { apiVersion: 'v1', kind: 'List', items: manifests },
  });
}
