// The Milestone example: its manifests, the rights of its worker, and its receiver.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { parse } from 'yaml';
import { repository } from '../../tools/control-plane/paths.ts';
import { newNamespace } from '../support/cluster.ts';
import { kubectl } from '../support/kubectl.ts';

const example = 'examples/milestone/';

test("the API server accepts the example's manifests as they are", async (t) => {
  const namespace = await newNamespace(t);
  const applied = await kubectl(['apply', '--dry-run=server', `-n=${namespace}`, `-f=${example}`]);
  assert.equal(applied.stderr, '');
  assert.deepEqual(applied.stdout.trimEnd().split('\n').toSorted(), [
    'analysis.heliograph.dev/failing-run created (server dry run)',
    'analysis.heliograph.dev/jumping-run created (server dry run)',
    'analysis.heliograph.dev/quiet-run created (server dry run)',
    'analysis.heliograph.dev/steady-run created (server dry run)',
    'job.batch/steady-run-worker created (server dry run)',
    'role.rbac.authorization.k8s.io/analysis-worker created (server dry run)',
    'rolebinding.rbac.authorization.k8s.io/analysis-worker created (server dry run)',
    'serviceaccount/analysis-worker created (server dry run)',
    'webhookendpoint.heliograph.dev/ochy created (server dry run)',
  ]);
});

test("the example's worker may report what its Job reports, and nothing else", async (t) => {
  const namespace = await newNamespace(t);
  const worker = [`-n=${namespace}`, `--as=system:serviceaccount:${namespace}:analysis-worker`];
  for (const file of ['analyses.yaml', 'worker-role.yaml'])
    assert.equal((await kubectl(['apply', `-n=${namespace}`, `-f=${example}${file}`])).stderr, '');

  for (const [verb, ...what] of [
    ['get', 'webhookendpoints.heliograph.dev'],
    ['create', 'analyses.heliograph.dev'],
    ['patch', 'analyses.heliograph.dev'],
    ['delete', 'analyses.heliograph.dev'],
    ['patch', 'webhookendpoints.heliograph.dev', '--subresource=status'],
    ['get', 'secrets'],
  ] as const)
    assert.equal(
      (await kubectl(['auth', 'can-i', verb, ...what, ...worker])).stdout,
      'no\n',
      `${verb} ${what.join(' ')}`,
    );

  const { template } = parse(readFileSync(join(repository, example, 'worker-job.yaml'), 'utf8')).spec;
  const steps: { args: string[] }[] = [...template.spec.initContainers, ...template.spec.containers];
  assert.equal(steps.length, 3);
  for (const { args } of steps) {
    const reported = await kubectl([...args, ...worker]);
    assert.equal(reported.stderr, '');
    assert.equal(reported.stdout, 'analysis.heliograph.dev/steady-run patched\n');
  }
  const phase = ['-o', 'jsonpath={.status.phase} {.status.percentage}'];
  const read = await kubectl(['get', 'analysis', 'steady-run', `-n=${namespace}`, ...phase]);
  assert.equal(read.stdout, 'Success 100');
});

test('the receiver tells a duplicate and an event that is out of order from a new one', async (t) => {
  const child = spawn(process.execPath, [`${example}receiver.ts`, '0'], {
    cwd: repository,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => child.kill());
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const next = async () => String((await lines.next()).value).replaceAll(/ +/g, ' ');
  const [, url = ''] = /^listening on (.*)$/.exec(await next()) ?? [];
  const post = async (analysis: string, sequence: number) => {
    const event = { analysis_id: analysis, event_type: 'analysis.progress', percentage: 50, sequence };
    const headers = { 'webhook-id': `${analysis}-${sequence}` };
    const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(event) });
    assert.equal(response.status, 200);
    assert.equal(await response.text(), 'webhook received\n');
    return await next();
  };
  assert.equal(await post('one', 6), 'one 6 analysis.progress 50 %');
  assert.equal(await post('one', 6), 'one 6 analysis.progress 50 % duplicate: seen before, ignore it');
  assert.equal(
    await post('one', 5),
    'one 5 analysis.progress 50 % out of order: 6 was here before, ignore it',
  );
  assert.equal(await post('two', 5), 'two 5 analysis.progress 50 %');
  assert.equal(await post('one', 7), 'one 7 analysis.progress 50 %');
  assert.equal((await fetch(url, { method: 'POST', body: '{"analysis_id":1}' })).status, 400);
  assert.equal((await fetch(url)).status, 400);

  child.kill('SIGTERM');
  assert.deepEqual(await once(child, 'exit'), [0, null]);
});

test('the receiver says in one line that its port is taken, and fails', async (t) => {
  const first = spawn(process.execPath, [`${example}receiver.ts`, '0'], { cwd: repository });
  t.after(() => first.kill());
  const [listening] = await once(createInterface(first.stdout), 'line');
  const port = new URL(String(listening).split(' ').at(-1) ?? '').port;
  const second = spawn(process.execPath, [`${example}receiver.ts`, port], { cwd: repository });
  const said = text(second.stderr);
  assert.deepEqual(await once(second, 'close'), [1, null]);
  assert.equal(await said, `receiver: port ${port} is taken: give it another one\n`);
});
