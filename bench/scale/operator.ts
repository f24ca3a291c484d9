// Starts the operator so that it can be asked for its metrics, and for what is on its heap.
import { join } from 'node:path';
import { freePort } from '../../tools/control-plane/ports.ts';
import { type Operator, startOperator } from '../operator.ts';
import type { Stage } from '../stage.ts';
import { Exposition } from '../exposition.ts';

export interface MeasuredOperator extends Pick<Operator, 'readyAfterMs' | 'stop'> {
  /** Throws when it has ended. */
  pid: () => number;
  /** What it says of the event loop is since the last time. */
  metrics: () => Promise<Exposition>;
  /** The last lines. */
  log: () => string;
}

/** Resolves when it is ready. */
export async function startMeasured(stage: Stage): Promise<MeasuredOperator> {
  const port = await freePort();
  const operator = await startOperator(stage, {
    flags: [`--metrics-bind-address=127.0.0.1:${port}`],
    within: [
      'env',
      // As in the chart.
      `NODE_COMPILE_CACHE=${join(stage.controlPlane.dir, 'compile-cache')}`,
      // It is opened on SIGUSR1 only.
      'NODE_OPTIONS=--inspect-port=0',
    ],
  });
  return {
    ...operator,
    pid: () => {
      const pid = operator.pid();
      if (pid === undefined) throw new Error('the operator has ended');
      return pid;
    },
    metrics: async () => new Exposition(await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()),
    log: () => operator.complaints().join('\n'),
  };
}
