// The command line of the measurements at scale: fills a control plane step by step and says what each step costs.
import '../../src/check-node.ts';
import { parseArgs } from 'node:util';
import { messageOf, runTool, say } from '../../tools/command-line.ts';
import { busyShare, describeMachine } from '../machine.ts';
import { openContext, openOutput, reasonOf, type Write } from '../program.ts';
import type { Context } from '../stage.ts';
import { drawScale } from './drawing.ts';
import type { Sample } from './sample.ts';
import { measureScale } from './scale.ts';
import { tableOfScale } from './table.ts';

const help = `Measures Heliograph beside many analyses, on a control plane of its own: most are settled, the others half way.

Usage: npm run bench:scale -- [--analyses N] [--json FILE] [--svg FILE]

  --analyses N  how many there are in the end; 10000 where absent
  --json FILE   also writes the figures there
  --svg FILE    also draws how they grow
  --help        this text

Exit code: 0 when every event was delivered, whatever the figures; 1 when one was not, or something broke.
docs/scale.md tells what the figures mean.
`;

interface Options {
  analyses: number;
  jsonFile: string | undefined;
  svgFile: string | undefined;
}

process.exitCode = await runTool(process.argv.slice(2), { help, read, run });

function read(parameters: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...parameters],
    options: { analyses: { type: 'string' }, json: { type: 'string' }, svg: { type: 'string' } },
  });
  const analyses = Number(values.analyses ?? 10_000);
  if (!Number.isSafeInteger(analyses) || analyses < 10) throw new Error('--analyses takes a number from 10');
  return { analyses, jsonFile: values.json, svgFile: values.svg };
}

/** Returns the exit code when nothing runs any more. */
async function run({ analyses, jsonFile, svgFile }: Options): Promise<number> {
  using files = new DisposableStack();
  const context = openContext();
  try {
    const write = {
      json: openOutput('--json', jsonFile, files),
      svg: openOutput('--svg', svgFile, files),
    };
    return await measure(context, analyses, write);
  } catch (error) {
    say(messageOf(error));
    return 1;
  }
}

async function measure(
  context: Context,
  analyses: number,
  write: Record<'json' | 'svg', Write>,
): Promise<number> {
  const start = { ...describeMachine(), busyBefore: await busyShare() };
  const samples: Sample[] = [];
  const problems: string[] = [];
  try {
    problems.push(...(await measureScale(context, analyses, (sample) => samples.push(sample))));
  } catch (error) {
    // What was found stays found.
    problems.push(reasonOf(context, error));
  }
  const machine = { ...start, busyAfter: await busyShare() };
  const time = new Date().toISOString();
  process.stdout.write(tableOfScale(samples, { machine, problems }));
  write.json(`${JSON.stringify({ time, machine, samples, problems }, undefined, 2)}\n`);
  write.svg(drawScale(samples));
  return problems.length === 0 ? 0 : 1;
}
