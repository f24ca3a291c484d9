// A cluster leaves no trace on the machine, whichever way it ends.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isRunning, type ProcessIdentity } from '../../tools/control-plane/process-identity.ts';
import { kubectl } from '../support/kubectl.ts';
import { launch, type Launcher, processesOn, temporaryFolder } from '../support/launcher.ts';
import { until } from '../support/until.ts';
import { startCluster, stopCluster } from './cluster.ts';
import { lookAtMachine, nodeCgroups, nodeProcesses } from './machine.ts';
import { deployReceiver } from './receiver.ts';

test('a cluster is seen from outside by its processes and its cgroup alone, and they go with it', async (t) => {
  const dir = temporaryFolder(t);
  const before = lookAtMachine();
  const first = await startCluster(dir);
  await deployReceiver('default', 'receiver');
  const processes = nodeProcesses();

  await t.test('while it runs', () => {
    const names = new Set(processes.map(({ name }) => name));
    for (const name of ['kubelet', 'containerd', 'containerd-shim', 'pause'])
      assert.ok(names.has(name), `${name} runs, among ${[...names].join(', ')}`);
    assert.deepEqual(lookAtMachine(), before);
  });
  await t.test('when its launcher is killed', async () => {
    await kill(dir, first, processes);
    assert.deepEqual(lookAtMachine(), before);
  });
  await t.test('when the launcher of another is killed while it starts', async (t) => {
    const otherDir = temporaryFolder(t);
    const launcher = launch(['--dir', otherDir], { tool: 'cluster' });
    await until(() => nodeProcesses().some(({ name }) => name === 'kubelet'), 'the kubelet runs', 60_000);
    await kill(otherDir, launcher, nodeProcesses());
    assert.deepEqual(lookAtMachine(), before);
  });
  await t.test('when it starts again, with what its API server had, and is told to end', async () => {
    const again = await startCluster(dir);
    await until(podRuns, 'the pod runs again', 60_000);
    const processes = nodeProcesses();
    assert.equal(await stopCluster(again), 0);
    assert.deepEqual(processes.filter(isRunning), []);
    assert.deepEqual(nodeCgroups(), []);
    assert.deepEqual(lookAtMachine(), before);
  });
});

/** Nobody has to start anything again: the kernel ends them. */
async function kill(dir: string, launcher: Launcher, processes: readonly ProcessIdentity[]): Promise<void> {
  process.kill(processesOn(dir)[0]?.pid ?? 0, 'SIGKILL');
  await launcher.exited;
  await until(() => !processes.some(isRunning), 'all processes have ended');
}

/** The API server may still have what the last node has told it. */
async function podRuns(): Promise<boolean> {
  const { stdout } = await kubectl(['exec', 'deployment/receiver', '--', '/nodejs/bin/node', '--version']);
  return stdout === `${process.version}\n`;
}
