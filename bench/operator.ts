// Starts the operator as a process of its own, bundled as its image has it, with the rights of its own role.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { Component } from '../tools/control-plane/component.ts';
import { freePort } from '../tools/control-plane/ports.ts';
import { nowMs } from './clock.ts';
import type { Stage } from './stage.ts';

/** Enough to write down what has come. */
const graceMs = 5000;

export interface OperatorOptions {
  /** One of several at the same time. */
  name?: string;
  flags?: readonly string[];
  /** A command that runs the one behind it in other circumstances. */
  within?: readonly string[];
}

/** Who delivers, the operator or another. */
export interface Deliverer {
  /** Undefined when it has ended. */
  pid: () => number | undefined;
  stop: () => Promise<void>;
  /** The last warnings and errors it has logged since it started. */
  complaints: () => readonly string[];
}

export interface Operator extends Deliverer {
  /** Resolves when it is gone. */
  kill: (signal: 'SIGTERM' | 'SIGKILL') => Promise<void>;
  /** From its start to ready. */
  readyAfterMs: number;
}

const maxComplaints = 3;

/** Resolves when it is ready. */
export async function startOperator(
  stage: Stage,
  { name = 'operator', flags = [], within = [] }: OperatorOptions = {},
): Promise<Operator> {
  const { controlPlane, operatorBundle, signal, fail, cleanup } = stage;
  const port = await freePort();
  const logFile = join(controlPlane.dir, `${name}.log`);
  rmSync(logFile, { force: true });
  const operator = new Component({
    name: `the ${name}`,
    command: 'env',
    arguments: [
      `KUBECONFIG=${controlPlane.operatorKubeconfig}`,
      `POD_NAME=${name}`,
      ...within,
      process.execPath,
      operatorBundle,
      // One line per attempt at the info level is work that this is not about.
      '--log-level=warn',
      '--egress-allowed-cidrs=127.0.0.1/32',
      '--egress-allow-http',
      `--health-bind-address=127.0.0.1:${port}`,
      '--metrics-bind-address=127.0.0.1:0',
      ...flags,
    ],
    logFile,
    isReady: async () => (await fetch(`http://127.0.0.1:${port}/readyz`)).ok,
    onChange: () => {},
    onUnexpectedExit: fail,
  });
  cleanup.defer(() => operator.stop(graceMs));
  const startedAtMs = nowMs();
  await operator.start({ signal });
  const readyAfterMs = nowMs() - startedAtMs;
  return {
    readyAfterMs,
    pid: () => operator.pid,
    stop: () => operator.stop(graceMs),
    kill: (signal) => operator.kill(signal),
    complaints: () =>
      operator
        .logTail(maxComplaints)
        .split('\n')
        .filter((line) => line !== ''),
  };
}
