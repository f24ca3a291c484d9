// The command line of the benchmark: measures, prints a table, and says by its exit code whether every event came.
import '../src/check-node.ts';
import { parseArgs } from 'node:util';
import { messageOf, runTool, say } from '../tools/command-line.ts';
import { bench } from './bench.ts';
import { latencyChart } from './latency-chart.ts';
import { busyShare, describeMachine } from './machine.ts';
import { latencyPanels } from './peers/comparison.ts';
import { fullPlan, quickPlan } from './plan.ts';
import { Report } from './report.ts';
import { openContext, openOutput, reasonOf, type Write } from './program.ts';
import type { Context } from './stage.ts';
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
  jsonFile: string | undefined;
  svgFile: string | undefined;
}

process.exitCode = await runTool(process.argv.slice(2), { help, read, run });

function read(parameters: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...parameters],
    options: { quick: { type: 'boolean' }, json: { type: 'string' }, svg: { type: 'string' } },
  });
  const { quick: isQuick = false, json, svg } = values;
  if (isQuick && svg !== undefined) throw new Error('--svg draws the peers too, and --quick leaves them out');
  return { isQuick, jsonFile: json, svgFile: svg };
}

/** Returns the exit code when nothing runs any more. */
async function run({ isQuick, jsonFile, svgFile }: Options): Promise<number> {
  using files = new DisposableStack();
  let write: Record<'json' | 'svg', Write>;
  try {
    write = { json: openOutput('--json', jsonFile, files), svg: openOutput('--svg', svgFile, files) };
  } catch (error) {
    say(messageOf(error));
    return 2;
  }
  const context = openContext();
  try {
    return await measure(context, isQuick, write);
  } catch (error) {
    say(reasonOf(context, error));
    return 1;
  }
}

async function measure(
  context: Context,
  isQuick: boolean,
  write: Record<'json' | 'svg', Write>,
): Promise<number> {
  const start = { ...describeMachine(), busyBefore: await busyShare() };
  const report = new Report();
  try {
    await bench(context, isQuick ? quickPlan : fullPlan, report);
  } catch (error) {
    // What was found stays found.
    report.problem(reasonOf(context, error));
  }
  const machine = { ...start, busyAfter: await busyShare() };
  process.stdout.write(tableOf(report, machine));
  const { rows, passes, notes, problems } = report;
  const result = { time: new Date().toISOString(), quick: isQuick, machine, rows, passes, notes, problems };
  write.json(`${JSON.stringify(result, undefined, 2)}\n`);
  write.svg(latencyChart(latencyPanels(passes)));
  return problems.length === 0 ? 0 : 1;
}
