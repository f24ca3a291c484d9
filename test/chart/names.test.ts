// Names: of releases that are called unusually, and of a chart that is part of another.
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { stringify } from 'yaml';
import { repository } from '../../tools/control-plane/paths.ts';
import { adminClient } from '../support/cluster.ts';
import { chart, helm } from '../support/helm.ts';
import { kubectl } from '../support/kubectl.ts';
import { type Manifest, parseManifests } from './render.ts';

const everything = ['podDisruptionBudget', 'networkPolicy', 'flowControl', 'metrics.dashboard'].flatMap(
  (feature) => ['--set', `${feature}.enabled=true`],
);

const longest = 'a'.repeat(53);

const named = [
  { release: 'heliograph', namespace: 'default', fullname: 'heliograph' },
  { release: 'my-heliograph', namespace: 'default', fullname: 'my-heliograph' },
  { release: 'web.hooks', namespace: 'default', fullname: 'web-hooks-heliograph' },
  // The longest that Helm takes.
  { release: longest, namespace: 'default', fullname: longest },
  // Numbers, to YAML.
  { release: 'a', namespace: '2026', fullname: 'a-heliograph' },
];

for (const { release, namespace, fullname } of named)
  test(`the release ${release} in ${namespace} has names that the API server takes`, async () => {
    await ensureNamespace(namespace);
    const watched = ['--set-json', `watchNamespaces=["${namespace}"]`];

    for (const scope of [[], watched]) {
      const manifests = parseManifests(
        await helm(['template', release, chart, '--namespace', namespace, ...everything, ...scope]),
      );

      await assertTaken(manifests);
      assert.equal(manifests.find(({ kind }) => kind === 'Deployment')?.metadata.name, fullname);
      assert.equal(
        manifests.find(({ kind }) => kind === 'ValidatingAdmissionPolicy')?.metadata.name,
        `${fullname}.${namespace}`,
      );
    }
  });

test('it can be part of another chart, which switches it with a condition', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'heliograph-umbrella-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  cpSync(join(repository, chart), join(dir, 'charts/heliograph'), { recursive: true });
  const dependency = { name: 'heliograph', version: '>=0.1.0', condition: 'heliograph.enabled' };
  const metadata = { apiVersion: 'v2', name: 'platform', version: '1.0.0', dependencies: [dependency] };
  writeFileSync(join(dir, 'Chart.yaml'), stringify(metadata));
  const rendered = async (...set: string[]) =>
    parseManifests(
      await helm([
        'template',
        'platform',
        dir,
        '--set',
        'global.region=north',
        ...set.flatMap((one) => ['--set', one]),
      ]),
    );

  const on = await rendered('heliograph.enabled=true', 'heliograph.logLevel=debug');
  assert.equal(on.find(({ kind }) => kind === 'Deployment')?.metadata.name, 'platform-heliograph');
  assert.deepEqual(await rendered('heliograph.enabled=false'), []);
});

async function assertTaken(manifests: readonly Manifest[]): Promise<void> {
  const { code, stderr } = await kubectl(
    ['apply', '--server-side', '--dry-run=server', '--force-conflicts', '-f', '-'],
    { input: { apiVersion: 'v1', kind: 'List', items: manifests } },
  );
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
}

async function ensureNamespace(name: string): Promise<void> {
  await adminClient().request({
    method: 'PATCH',
    path: `/api/v1/namespaces/${name}`,
    query: { fieldManager: 'test' },
    contentType: 'application/apply-patch+yaml',
    body: { apiVersion: 'v1', kind: 'Namespace', metadata: { name } },
  });
}
