// What every part of the benchmark gets.
import type { KubeClient } from '../src/kube/client.ts';
import type { ControlPlane } from '../tools/control-plane/start.ts';
import type { Receiver } from './receiver.ts';

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
