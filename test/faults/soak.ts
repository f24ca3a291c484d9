// Looks for faults for as long as it is told to: every point at which the operator can be killed, then schedules drawn
// at random, on one operator whose traffic is disturbed and on three that are killed, ended and stopped.
import { parseArgs } from 'node:util';
import { runTool } from '../../tools/command-line.ts';
import { runTests, type TestRun } from '../support/run-tests.ts';
import { soakVariable } from './soak-variable.ts';

const help = `Disturbs the operator in every way, for as long as you like.

Usage: npm run soak -- --seconds N [--seed S]

  --seconds N  how long each of the two random schedules lasts; they run at the same time. The points at which the
               operator is killed take some minutes before that
  --seed S     draws the same faults again
  --help       this text
`;

/** On a machine that is busy. */
const graceMs = 1_800_000;

process.exitCode = await runTool(process.argv.slice(2), { help, read, run: runTests });

function read(parameters: readonly string[]): TestRun {
  const { values } = parseArgs({
    args: [...parameters],
    options: { seconds: { type: 'string' }, seed: { type: 'string' } },
  });
  const { seconds, seed } = values;
  if (seconds === undefined || !/^[1-9]\d*$/.test(seconds))
    throw new Error('say how long with --seconds N, a whole number');
  if (seed !== undefined && !/^\d+$/.test(seed)) throw new Error(`--seed ${seed} is no whole number`);
  const variables = ['HELIOGRAPH_TEST_FAULTS', 'HELIOGRAPH_TEST_CHAOS'];
  return {
    files: ['test/faults/**/*.test.ts', 'test/cluster/chaos.test.ts'],
    env: {
      [soakVariable]: 'true',
      ...Object.fromEntries(variables.map((name) => [`${name}_SECONDS`, seconds])),
      ...(seed !== undefined && Object.fromEntries(variables.map((name) => [`${name}_SEED`, seed]))),
    },
    concurrency: 2,
    timeoutMs: Number(seconds) * 1000 + graceMs,
  };
}
