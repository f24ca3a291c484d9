// The command line of the measurements at scale: fills a control plane step by step and says what each step costs.
import '../../src/check-node.ts';
import { closeSync, openSync, writeSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { messageOf, runTool, say } from '../../tools/command-line.ts';
import { busyShare, describeMachine } from '../machine.ts';
import { drawScale } from './drawing.ts';
import type { Sample } from './sample.ts';
import { measureScale, type ScaleContext } from './scale.ts';
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
  const files = new DisposableStack();
  const ending = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => ending.abort(new Error(`interrupted by ${signal}`)));
  const context: ScaleContext = { say, signal: ending.signal, fail: (error) => ending.abort(error) };
  try {
    // Opened first: minutes later it would be a pity.
    const write = { json: opened(jsonFile, files), svg: opened(svgFile, files) };
    return await measure(context, analyses, write);
  } catch (error) {
    say(messageOf(error));
    return 1;
  } finally {
    files.dispose();
  }
}

type Write = ((text: string) => void) | undefined;

function opened(file: string | undefined, files: DisposableStack): Write {
  if (file === undefined) return undefined;
  const descriptor = files.adopt(openSync(file, 'w'), closeSync);
  return (text) => writeSync(descriptor, text);
}

async function measure(
  context: ScaleContext,
  analyses: number,
  write: { json: Write; svg: Write },
): Promise<number> {
  const start = { ...describeMachine(), busyBefore: await busyShare() };
  const samples: Sample[] = [];
  const problems: string[] = [];
  try {
    problems.push(...(await measureScale(context, analyses, (sample) => samples.push(sample))));
  } catch (error) {
    // Everything that waits rejects with an AbortError then, which says nothing. What was found stays found.
    problems.push(messageOf(context.signal.aborted ? context.signal.reason : error));
  }
  const machine = { ...start, busyAfter: await busyShare() };
  const time = new Date().toISOString();
  process.stdout.write(tableOfScale(samples, { machine, problems }));
  write.json?.(`${JSON.stringify({ time, machine, samples, problems }, undefined, 2)}\n`);
  write.svg?.(drawScale(samples));
  return problems.length === 0 ? 0 : 1;
}
