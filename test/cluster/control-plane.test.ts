// The embedded control plane as its users meet it: a command that serves, keeps data, and leaves nothing behind.
import assert from 'node:assert/strict';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { isRunning } from '../../tools/control-plane/process-identity.ts';
import { kubectl } from '../support/kubectl.ts';
import { launch, processesOn, temporaryFolder, untilReady } from '../support/launcher.ts';
import { until } from '../support/until.ts';

const analysis = { apiVersion: 'heliograph.dev/v1alpha1', kind: 'Analysis', metadata: { name: 'kept' } };

test('the control plane serves, keeps its data, and leaves no process behind', async (t) => {
  const dir = temporaryFolder(t);
  const kubeconfig = join(dir, 'kubeconfig');
  const operatorKubeconfig = join(dir, 'operator.kubeconfig');
  const first = launch(['--dir', dir]);
  await untilReady(first);
  const processes = processesOn(dir);

  await t.test('one line tells both kubeconfigs, which nobody else may read', () => {
    const line = `Ready. export KUBECONFIG=${kubeconfig} (the operator's own: ${operatorKubeconfig})\n`;
    assert.equal(first.stdout, line);
    for (const file of [kubeconfig, operatorKubeconfig]) assert.equal(statSync(file).mode & 0o777, 0o600);
  });
  await t.test('kubectl works with both', async () => {
    const created = await kubectl(['create', '-f', '-'], { kubeconfig, input: analysis });
    assert.equal(created.stdout, 'analysis.heliograph.dev/kept created\n');
    assert.equal(await namesSeenBy(operatorKubeconfig), 'analysis.heliograph.dev/kept\n');
  });
  await t.test('a second one on the folder says that it is in use', async () => {
    const second = launch(['--dir', dir]);
    assert.equal(await second.exited, 1);
    const file = join(dir, 'processes.json');
    const line = `heliograph: process ${processes[0]?.pid} runs a control plane on this folder (${file})\n`;
    assert.equal(second.stderr, line);
    assert.equal(await namesSeenBy(kubeconfig), 'analysis.heliograph.dev/kept\n');
  });
  await t.test('the next start after a SIGKILL cleans up and serves the same data', async () => {
    process.kill(processes[0]?.pid ?? 0, 'SIGKILL');
    await first.exited;
    const next = launch(['--dir', dir]);
    await untilReady(next);
    assert.deepEqual(processes.filter(isRunning), []);
    assert.equal(await namesSeenBy(kubeconfig), 'analysis.heliograph.dev/kept\n');

    const ending = processesOn(dir);
    assert.deepEqual(
      ending.map(({ name }) => name),
      ['launcher', 'etcd', 'kube-apiserver'],
    );
    next.process.kill('SIGTERM');
    assert.equal(await next.exited, 0);
    assert.deepEqual(ending.filter(isRunning), []);
    assert.equal(existsSync(join(dir, 'processes.json')), false);
  });
});

test('a control plane that is stopped while it starts leaves no process behind', async (t) => {
  await Promise.all([
    t.test('by SIGINT', (t) => stopAtStart(t, 'SIGINT')),
    t.test('by SIGTERM to npm, which its shell does not pass on', (t) => stopAtStart(t, 'SIGTERM', 'npm')),
    t.test('by SIGKILL of npm', (t) => stopAtStart(t, 'SIGKILL', 'npm')),
    t.test('by SIGKILL of the bootstrap', (t) => stopAtStart(t, 'SIGKILL')),
  ]);
});

test('a launcher that is told wrongly says what to do in one line', async (t) => {
  const wrong: readonly (readonly [parameters: string[], line: string])[] = [
    [[], 'heliograph: name a folder with --dir DIR (--help tells more)\n'],
    [['--dir', ''], 'heliograph: name a folder with --dir DIR (--help tells more)\n'],
    [['--dir'], "heliograph: Option '--dir <value>' argument missing (--help tells more)\n"],
    [['--dri', 'x'], "heliograph: Unknown option '--dri' (--help tells more)\n"],
  ];
  await Promise.all(
    wrong.map(([parameters, line]) => t.test(JSON.stringify(parameters), () => refuses(parameters, line))),
  );
});

test('--help tells how to use the control plane', async () => {
  const launcher = launch(['--help']);

  assert.equal(await launcher.exited, 0);
  assert.match(launcher.stdout, /^Usage: npm run control-plane -- --dir DIR$/m);
  assert.equal(launcher.stderr, '');
});

async function namesSeenBy(kubeconfig: string): Promise<string> {
  return (await kubectl(['get', 'analyses', '-o', 'name'], { kubeconfig })).stdout;
}

async function refuses(parameters: readonly string[], line: string): Promise<void> {
  const launcher = launch(parameters);
  assert.equal(await launcher.exited, 2);
  assert.equal(launcher.stderr, line);
  assert.equal(launcher.stdout, '');
}

async function stopAtStart(
  t: TestContext,
  signal: NodeJS.Signals,
  by: 'npm' | 'node' = 'node',
): Promise<void> {
  const dir = temporaryFolder(t);
  const launcher = launch(['--dir', dir], { npm: by === 'npm' });
  await until(() => processesOn(dir).length > 1, 'etcd runs');
  const processes = processesOn(dir);
  launcher.process.kill(signal);
  await until(() => ![...processes, ...processesOn(dir)].some(isRunning), 'all has ended');
}
