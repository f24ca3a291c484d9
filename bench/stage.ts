// What every part of the benchmark gets: a fresh control plane, a receiver and the operator's program.
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { KubeClient } from '../src/kube/client.ts';
import { loadClusterConfig } from '../src/kube/config.ts';
import { type ControlPlane, startControlPlane } from '../tools/control-plane/start.ts';
import { writeBundle } from '../tools/image/bundle.ts';
import { type Receiver, startReceiver } from './receiver.ts';

export interface Stage {
  controlPlane: ControlPlane;
  /** The administrator, who plays the workers. */
  client: KubeClient;
  receiver: Receiver;
  /** Path of the operator as its image has it: one file. */
  operatorBundle: string;
  /** Says what is being done, for a person who waits. */
  say: (line: string) => void;
  /** Aborts when the benchmark has to end: a person wants it to, or a program has died. */
  signal: AbortSignal;
  /** Makes the signal abort. */
  fail: (reason: Error) => void;
  /** What is started is stopped here, the last one first. */
  cleanup: AsyncDisposableStack;
}

export type Context = Pick<Stage, 'say' | 'signal' | 'fail'>;

/** @param parent where the control plane's data is put, in a folder of its own */
export async function setTheStage(
  context: Context,
  cleanup: AsyncDisposableStack,
  parent: string,
): Promise<Stage> {
  const { signal, fail, say } = context;
  const dir = mkdtempSync(join(parent, 'heliograph-bench-'));
  cleanup.defer(() => rmSync(dir, { recursive: true, force: true }));
  const controlPlane = await startControlPlane({
    dir,
    temporary: true,
    progress: say,
    onUnexpectedExit: fail,
    signal,
  });
  cleanup.defer(controlPlane.stop);
  const config = loadClusterConfig({ KUBECONFIG: controlPlane.kubeconfig });
  const client = new KubeClient(config, { userAgent: 'heliograph-bench' });
  cleanup.defer(() => client.close());
  const receiver = await startReceiver({ signal, fail, cleanup }, dir);
  await writeBundle(dir);
  const operatorBundle = join(dir, 'heliograph.mjs');
  return { ...context, cleanup, controlPlane, client, receiver, operatorBundle };
}
