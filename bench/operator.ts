// Starts the operator as a process of its own, from source, with the rights of its own role.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { Component } from '../tools/control-plane/component.ts';
import { repository } from '../tools/control-plane/paths.ts';
import { freePort } from '../tools/control-plane/ports.ts';
import type { Stage } from './stage.ts';

/** Enough to write down what has come. */
const graceMs = 5000;

interface Operator {
  stop: () => Promise<void>;
  /** The last warnings and errors it has logged since it started. */
  complaints: () => readonly string[];
}

const maxComplaints = 3;

/** Resolves when it is ready. */
export async function startOperator(stage: Stage): Promise<Operator> {
  const { controlPlane, signal, fail, cleanup } = stage;
  const port = await freePort();
  const logFile = join(controlPlane.dir, 'operator.log');
  rmSync(logFile, { force: true });
  const operator = new Component({
    name: 'the operator',
    command: 'env',
    arguments: [
      `KUBECONFIG=${controlPlane.operatorKubeconfig}`,
      process.execPath,
      join(repository, 'src/main.ts'),
      // One line per attempt at the info level is work that this is not about.
      '--log-level=warn',
      '--egress-allowed-cidrs=127.0.0.1/32',
      '--egress-allow-http',
      `--health-bind-address=127.0.0.1:${port}`,
      '--metrics-bind-address=127.0.0.1:0',
    ],
    logFile,
    isReady: async () => (await fetch(`http://127.0.0.1:${port}/readyz`)).ok,
    onChange: () => {},
    onUnexpectedExit: fail,
  });
  cleanup.defer(() => operator.stop(graceMs));
  await operator.start({ signal });
  return {
    stop: () => operator.stop(graceMs),
    complaints: () =>
      operator
        .logTail(maxComplaints)
        .split('\n')
        .filter((line) => line !== ''),
  };
}
