// A cluster as its users start it, for one test.
import { join } from 'node:path';
import { ensureBinaries } from '../../tools/control-plane/binaries.ts';
import { controlPlaneVariable } from '../support/control-plane.ts';
import { launch, type Launcher, untilReady } from '../support/launcher.ts';

/** Resolves when pods can run. From now on it is the one that the helpers of this process work on. */
export async function startCluster(dir: string): Promise<Launcher> {
  const launcher = launch(['--dir', dir], { tool: 'cluster' });
  await untilReady(launcher, 180_000);
  const { kubectl } = await ensureBinaries();
  process.env[controlPlaneVariable] = JSON.stringify({ dir, kubeconfig: join(dir, 'kubeconfig'), kubectl });
  return launcher;
}

/** Ends it as Ctrl-C does, and resolves with the exit code. */
export async function stopCluster(launcher: Launcher): Promise<number | null> {
  launcher.process.kill('SIGINT');
  return await launcher.exited;
}
