// The command line of the benchmark: measures, prints a table, and says by its exit code whether every event came.
import '../src/check-node.ts';
import { closeSync, openSync, writeSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { messageOf, runTool, say } from '../tools/command-line.ts';
import { bench, type Context } from './bench.ts';
import { busyShare, describeMachine } from './machine.ts';
import { fullPlan, quickPlan } from './plan.ts';
import { tableOf } from './table.ts';

const help = `Measures Heliograph on this machine, against a real API server and a bare loop of status writes beside it.

Usage: npm run bench -- [--quick] [--json FILE]

  --quick      fewer repetitions, under 3 minutes
  --json FILE  also writes the figures there
  --help       this text

Exit code: 0 when every event was delivered, whatever the figures; 1 when one was not, or something broke.
bench/README.md tells how to read the table.
`;

interface Options {
  quick: boolean;
  jsonFile: string | undefined;
}

process.exitCode = await runTool(process.argv.slice(2), { help, read, run });

function read(parameters: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...parameters],
    options: { quick: { type: 'boolean' }, json: { type: 'string' } },
  });
  return { quick: values.quick === true, jsonFile: values.json };
}

/** Returns the exit code when nothing runs any more. */
async function run({ quick, jsonFile }: Options): Promise<number> {
  let json: number | undefined;
  try {
    // Opened first: minutes later it would be a pity.
    if (jsonFile !== undefined) json = openSync(jsonFile, 'w');
  } catch (error) {
    say(`--json: ${messageOf(error)}`);
    return 2;
  }
  const ending = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => ending.abort(new Error(`interrupted by ${signal}`)));
  const context: Context = { say, signal: ending.signal, fail: (error) => ending.abort(error) };
  try {
    return await measure(context, { quick, json });
  } catch (error) {
    // Everything that waits rejects with an AbortError then, which says nothing.
    say(messageOf(ending.signal.aborted ? ending.signal.reason : error));
    return 1;
  } finally {
    if (json !== undefined) closeSync(json);
  }
}

async function measure(
  context: Context,
  { quick, json }: { quick: boolean; json: number | undefined },
): Promise<number> {
  const start = { ...describeMachine(), busyBefore: await busyShare() };
  const report = await bench(context, quick ? quickPlan : fullPlan);
  const machine = { ...start, busyAfter: await busyShare() };
  process.stdout.write(tableOf(report, machine));
  const { rows, notes, problems } = report;
  const result = { time: new Date().toISOString(), quick, machine, rows, notes, problems };
  if (json !== undefined) writeSync(json, `${JSON.stringify(result, undefined, 2)}\n`);
  return problems.length === 0 ? 0 : 1;
}
