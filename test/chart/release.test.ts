// A release's life on a real API server: installed, upgraded, uninstalled, and what is left then.
import assert from 'node:assert/strict';
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse, stringify } from 'yaml';
import { repository } from '../../tools/control-plane/paths.ts';
import { adminClient, applyAnalysis, getAnalysis, patchStatus } from '../support/cluster.ts';
import { chart, helm, runHelm } from '../support/helm.ts';
import { kubectl } from '../support/kubectl.ts';
import { startOwnControlPlane } from '../support/own-control-plane.ts';
import { until } from '../support/until.ts';

interface Crd {
  metadata: { name: string };
  spec: { versions: { additionalPrinterColumns: { name: string }[]; schema: object }[] };
}

const crds = readdirSync(join(repository, 'crds')).map(
  (file) => parse(readFileSync(join(repository, 'crds', file), 'utf8')) as Crd,
);
const crdNames = crds.map(({ metadata }) => `CustomResourceDefinition ${metadata.name}`);

test('a release', async (t) => {
  const { dir } = await startOwnControlPlane(t, { bare: true });
  const before = await everything();

  await t.test('is installed, and tells what to do next', async () => {
    const notes = await install(chart);

    assert.match(notes, /^kubectl rollout status deployment\/heliograph --namespace default$/m);
    assert.equal((await deployment()).spec.replicas, 1);
    await until(areServed, 'the custom resources are served');
  });

  await t.test('is upgraded with other values', async () => {
    await upgrade(chart, '--set', 'logLevel=debug');

    assert.ok((await deployment()).spec.template.spec.containers[0].args.includes('--log-level=debug'));
  });

  await t.test('is rolled back', async () => {
    await helm(['rollback', 'heliograph']);

    assert.ok((await deployment()).spec.template.spec.containers[0].args.includes('--log-level=info'));
  });

  await t.test(
    'keeps the CRDs when it is uninstalled, with all that is in them, and nothing else',
    async () => {
      await applyAnalysis('default', 'a');
      await patchStatus('default', 'a', { phase: 'Analyzing', percentage: 40 });

      await helm(['uninstall', 'heliograph']);

      const kept = [...crdNames, 'Analysis default a'];
      assert.deepEqual(difference(await everything(), before), kept.toSorted());
      assert.equal((await getAnalysis('default', 'a')).status.percentage, 40);
    },
  );

  await t.test('takes up CRDs that it has kept, and brings older ones up to date', async () => {
    const older = olderChart(join(dir, 'older'));
    await install(older);
    assert.ok(!(await columns()).includes('Sequence'));

    await upgrade(chart);

    for (const crd of crds) {
      const { spec } = await installed(crd);
      assert.deepEqual(spec.versions[0]?.schema, crd.spec.versions[0]?.schema);
      assert.deepEqual(
        spec.versions[0]?.additionalPrinterColumns,
        crd.spec.versions[0]?.additionalPrinterColumns,
      );
    }
    assert.equal((await getAnalysis('default', 'a')).status.percentage, 40);
  });

  await t.test('does not lose CRDs when crds.enabled is switched off', async () => {
    await upgrade(chart, '--set', 'crds.enabled=false');

    assert.equal((await getAnalysis('default', 'a')).status.percentage, 40);
  });

  await t.test('leaves nothing at all when the CRDs are not to be kept', async () => {
    await upgrade(chart, '--set', 'crds.keep=false');
    await helm(['uninstall', 'heliograph']);

    await until(async () => difference(await everything(), before).length === 0, 'all of it is gone');
  });

  await t.test('takes over CRDs that kubectl has installed, when it is told to', async () => {
    const { code, stderr } = await kubectl(['apply', '--server-side', '-f', join(repository, 'crds')]);
    assert.equal(code, 0, stderr);

    const refused = await runHelm(['install', 'heliograph', chart]);
    assert.match(refused.stderr, /invalid ownership metadata/);

    await install(chart, '--take-ownership');
    await helm(['uninstall', 'heliograph']);
    assert.deepEqual(difference(await everything(), before), crdNames.toSorted());
  });
});

async function install(from: string, ...parameters: string[]): Promise<string> {
  return await helm(['install', 'heliograph', from, ...parameters]);
}

async function upgrade(to: string, ...parameters: string[]): Promise<void> {
  await helm(['upgrade', 'heliograph', to, ...parameters]);
}

/** As it was before Analyses showed their sequence. */
function olderChart(folder: string): string {
  cpSync(join(repository, chart), folder, { recursive: true });
  const file = join(folder, 'files/crds/heliograph.dev_analyses.yaml');
  const crd = parse(readFileSync(file, 'utf8')) as Crd;
  for (const version of crd.spec.versions)
    version.additionalPrinterColumns = version.additionalPrinterColumns.filter(
      ({ name }) => name !== 'Sequence',
    );
  writeFileSync(file, stringify(crd));
  return folder;
}

interface Deployment {
  spec: { replicas: number; template: { spec: { containers: [{ args: string[] }] } } };
}

async function deployment(): Promise<Deployment> {
  return await adminClient().get('/apis/apps/v1/namespaces/default/deployments/heliograph');
}

async function installed({ metadata }: Crd): Promise<Crd> {
  return await adminClient().get(`/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${metadata.name}`);
}

async function columns(): Promise<readonly string[]> {
  const analyses = crds.find(({ metadata }) => metadata.name === 'analyses.heliograph.dev');
  assert.ok(analyses !== undefined);
  return (await installed(analyses)).spec.versions.flatMap(({ additionalPrinterColumns }) =>
    additionalPrinterColumns.map(({ name }) => name),
  );
}

/** A new CRD is there before its resources are. */
async function areServed(): Promise<boolean> {
  return (await kubectl(['get', 'webhookendpoints,analyses'])).code === 0;
}

/** What comes and goes by itself: what happened, and the API's own table of contents. */
const passing = ['events', 'events.events.k8s.io', 'apiservices.apiregistration.k8s.io'];

/** Everything that there is, sorted. */
async function everything(): Promise<string[]> {
  const resources = (await stdoutOf(['api-resources', '--verbs=list', '--output=name'])).trim().split('\n');
  const wanted = resources.filter((name) => !passing.includes(name)).join(',');
  const { items } = JSON.parse(await stdoutOf(['get', wanted, '--all-namespaces', '--output=json'])) as {
    items: { kind: string; metadata: { name: string; namespace?: string } }[];
  };
  return items
    .map(({ kind, metadata: { name, namespace } }) => [kind, namespace, name].filter(Boolean).join(' '))
    .toSorted();
}

async function stdoutOf(parameters: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await kubectl(parameters);
  assert.equal(code, 0, stderr);
  return stdout;
}

function difference(now: readonly string[], before: readonly string[]): string[] {
  return now.filter((one) => !before.includes(one));
}
