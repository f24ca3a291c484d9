// The command line of the benchmark: measures, prints a table, and says by its exit code whether every event came.
import '../src/check-node.ts';
import { closeSync, openSync, writeSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { messageOf, runTool, say } from '../tools/command-line.ts';
import { bench, type Context } from './bench.ts';
import { latencyChart } from './latency-chart.ts';
import { busyShare, describeMachine } from './machine.ts';
import { latencyPanels } from './peers/comparison.ts';
import { fullPlan, quickPlan } from './plan.ts';
import { tableOf } from './table.ts';

const help = `Measures Heliograph on this machine, against a real API server and a bare loop of status writes beside it.

Usage: npm run bench -- [--quick] [--json FILE] [--svg FILE]

  --quick      without peers and what else takes minutes: under 3 minutes in all
  --json FILE  also writes the figures there
  --svg FILE   also draws the latencies of the operator and its peers there; not with --quick
  --help       this text

Exit code: 0 when every event was delivered, whatever the figures; 1 when one was not, or something broke.
bench/README.md tells how to read the table.
`;

interface Options {
  isQuick: boolean;
  /** What to write besides the table: the option, and where to. */
  files: ReadonlyMap<string, string>;
}

process.exitCode = await runTool(process.argv.slice(2), { help, read, run });

function read(parameters: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...parameters],
    options: { quick: { type: 'boolean' }, json: { type: 'string' }, svg: { type: 'string' } },
  });
  const { quick: isQuick = false, json, svg } = values;
  if (isQuick && svg !== undefined) throw new Error('--svg draws the peers too, and --quick leaves them out');
  return {
    isQuick,
    files: new Map(
      Object.entries({ json, svg }).flatMap(([name, file]) => (file === undefined ? [] : [[name, file]])),
    ),
  };
}

/** Returns the exit code when nothing runs any more. */
async function run({ isQuick, files }: Options): Promise<number> {
  const outputs = new Map<string, number>();
  // Opened first: minutes later it would be a pity.
  for (const [name, file] of files)
    try {
      outputs.set(name, openSync(file, 'w'));
    } catch (error) {
      say(`--${name}: ${messageOf(error)}`);
      return 2;
    }
  const ending = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => ending.abort(new Error(`interrupted by ${signal}`)));
  const context: Context = { say, signal: ending.signal, fail: (error) => ending.abort(error) };
  try {
    return await measure(context, isQuick, outputs);
  } catch (error) {
    // Everything that waits rejects with an AbortError then, which says nothing.
    say(messageOf(ending.signal.aborted ? ending.signal.reason : error));
    return 1;
  } finally {
    for (const output of outputs.values()) closeSync(output);
  }
}

async function measure(
  context: Context,
  isQuick: boolean,
  outputs: ReadonlyMap<string, number>,
): Promise<number> {
  const start = { ...describeMachine(), busyBefore: await busyShare() };
  const report = await bench(context, isQuick ? quickPlan : fullPlan);
  const machine = { ...start, busyAfter: await busyShare() };
  process.stdout.write(tableOf(report, machine));
  const { rows, passes, notes, problems } = report;
  const result = { time: new Date().toISOString(), quick: isQuick, machine, rows, passes, notes, problems };
  const json = outputs.get('json');
  if (json !== undefined) writeSync(json, `${JSON.stringify(result, undefined, 2)}\n`);
  const svg = outputs.get('svg');
  if (svg !== undefined) writeSync(svg, latencyChart(latencyPanels(passes)));
  return problems.length === 0 ? 0 : 1;
}
