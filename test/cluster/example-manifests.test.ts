// The examples' manifests, what they say of signatures, and the rights of their worker.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { parseSigningSecret } from '../../src/delivery/signature.ts';
import { repository } from '../../tools/control-plane/paths.ts';
import { newNamespace } from '../support/cluster.ts';
import { exampleSecret } from '../support/example-receiver.ts';
import { kubectl } from '../support/kubectl.ts';

const milestone = 'examples/milestone/';

const manifests = {
  'examples/milestone/': [
    'analysis.heliograph.dev/failing-run',
    'analysis.heliograph.dev/jumping-run',
    'analysis.heliograph.dev/quiet-run',
    'analysis.heliograph.dev/steady-run',
    'job.batch/steady-run-worker',
    'role.rbac.authorization.k8s.io/analysis-worker',
    'rolebinding.rbac.authorization.k8s.io/analysis-worker',
    'secret/ochy-webhook',
    'serviceaccount/analysis-worker',
    'webhookendpoint.heliograph.dev/ochy',
  ],
  'examples/envelope/': [
    'analysis.heliograph.dev/broken-video',
    'analysis.heliograph.dev/good-video',
    'secret/omega-webhook',
    'webhookendpoint.heliograph.dev/omega',
  ],
  'examples/job-result/': ['analysis.heliograph.dev/detect-job'],
  'examples/completion-rate/': [
    'analysis.heliograph.dev/first-half',
    'analysis.heliograph.dev/second-half',
    'secret/smart11-webhook',
    'webhookendpoint.heliograph.dev/smart11',
  ],
};

for (const [folder, names] of Object.entries(manifests))
  test(`the API server accepts the manifests of ${folder} as they are`, async (t) => {
    const namespace = await newNamespace(t);
    const applied = await kubectl(['apply', '--dry-run=server', `-n=${namespace}`, `-f=${folder}`]);
    assert.equal(applied.stderr, '');
    const expected = names.map((name) => `${name} created (server dry run)`);
    assert.deepEqual(applied.stdout.trimEnd().split('\n').toSorted(), expected);
  });

test('every example but the unsigned one signs with the Secret beside it, of which each has another', () => {
  const folders = Object.keys(manifests).filter((folder) => folder !== 'examples/job-result/');
  for (const folder of folders) {
    const { signing } = read(folder, 'endpoint.yaml').spec;
    assert.deepEqual(signing, {
      secretRefs: [{ name: read(folder, 'secret.yaml').metadata.name, key: 'secret' }],
    });
    assert.equal(parseSigningSecret(exampleSecret(folder)).version, 'v1');
  }
  assert.equal(new Set(folders.map(exampleSecret)).size, folders.length);
});

test("the example's worker may report what its Job reports, and nothing else", async (t) => {
  const namespace = await newNamespace(t);
  const worker = [`-n=${namespace}`, `--as=system:serviceaccount:${namespace}:analysis-worker`];
  for (const file of ['analyses.yaml', 'worker-role.yaml'])
    assert.equal((await kubectl(['apply', `-n=${namespace}`, `-f=${milestone}${file}`])).stderr, '');

  const forbidden = [
    ['get', 'webhookendpoints.heliograph.dev'],
    ['create', 'analyses.heliograph.dev'],
    ['patch', 'analyses.heliograph.dev'],
    ['delete', 'analyses.heliograph.dev'],
    ['patch', 'webhookendpoints.heliograph.dev', '--subresource=status'],
    ['get', 'secrets'],
  ];
  await Promise.all(
    forbidden.map(async (what) => {
      const { stdout } = await kubectl(['auth', 'can-i', ...what, ...worker]);
      assert.equal(stdout, 'no\n', what.join(' '));
    }),
  );

  const { template } = read(milestone, 'worker-job.yaml').spec;
  const steps: { args: string[] }[] = [...template.spec.initContainers, ...template.spec.containers];
  assert.equal(steps.length, 3);
  for (const { args } of steps) {
    const reported = await kubectl([...args, ...worker]);
    assert.equal(reported.stderr, '');
    assert.equal(reported.stdout, 'analysis.heliograph.dev/steady-run patched\n');
  }
  const phase = ['-o', 'jsonpath={.status.phase} {.status.percentage}'];
  const stored = await kubectl(['get', 'analysis', 'steady-run', `-n=${namespace}`, ...phase]);
  assert.equal(stored.stdout, 'Success 100');
});

function read(folder: string, file: string) {
  return parse(readFileSync(join(repository, folder, file), 'utf8'));
}
