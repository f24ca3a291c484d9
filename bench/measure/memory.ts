// P9 and P10: what the operator takes to be there, with nothing to do and with 10,000 analyses under way.
import { execFile } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { bars } from '../bars.ts';
import { makeField } from '../field.ts';
import { drive, type Load } from '../load.ts';
import { startOperator } from '../operator.ts';
import { residentMbOf } from '../usage.ts';
import type { Report } from '../report.ts';
import { repository } from '../../tools/control-plane/paths.ts';
import type { Stage } from '../stage.ts';
import { median } from '../statistics.ts';

/** After which what a start or a load leaves behind has been collected, as far as it ever is. */
const restMs = 5000;
const starts = 3;
const analyses = 10_000;

/** Half way, with five events delivered and nothing owed. */
const halfWay: Load = {
  analyses,
  steps: [{ phase: 'Analyzing', percentage: 50, brings: [1, 2, 3, 4, 5, 6] }],
  order: 'together',
  pace: { workers: 8 },
};

/** Starts with the operator stopped and leaves it stopped. */
export async function measureMemory(stage: Stage, report: Report): Promise<void> {
  const empty = await restart(stage, 'without any analysis');
  const bare = await nodeWithClient(stage);
  startRow(report, empty, { where: 'no objects', bar: bars.start });
  report.row({
    id: 'P9',
    metric: 'resident memory when idle ÷ Node that imported client-node',
    figures: [empty.residentMb / bare],
    unit: '×',
    bar: bars.idleMemory,
  });
  report.note(
    `P9: idle ${empty.residentMb.toFixed(0)} MB, Node that imported client-node ${bare.toFixed(0)} MB`,
  );

  const grown = await fill(stage);
  const many = await restart(stage, `with ${analyses} analyses`);
  await grown.clear();
  report.row({
    id: 'P9',
    metric: 'growth of resident memory with 10,000 active analyses, started anew',
    figures: [many.residentMb - empty.residentMb],
    unit: 'MB',
    bar: bars.memoryOfActive,
  });
  report.note(
    `P9: ${many.residentMb.toFixed(0)} MB with 10,000 active analyses started anew, ` +
      `${grown.residentMb.toFixed(0)} MB in the operator that has brought them there`,
  );
  startRow(report, many, { where: '10,000 active analyses', bar: bars.startWithMany });
}

interface Start {
  readyAfterMs: readonly number[];
  /** A while after the last one. */
  residentMb: number;
}

function startRow(
  report: Report,
  { readyAfterMs }: Start,
  { where, bar }: { where: string; bar: (typeof bars)['start'] },
): void {
  report.row({
    id: 'P10',
    metric: `start → /readyz, ${where}, median of ${starts}`,
    figures: [median(readyAfterMs) / 1000],
    unit: 's',
    bar,
  });
}

async function restart(stage: Stage, where: string): Promise<Start> {
  const readyAfterMs: number[] = [];
  let residentMb = NaN;
  for (let start = 1; start <= starts; start += 1) {
    stage.say(`P9, P10: start ${start} of ${starts} ${where}`);
    const operator = await startOperator(stage);
    readyAfterMs.push(operator.readyAfterMs);
    if (start === starts) {
      await delay(restMs);
      residentMb = residentMbOf(operator.pid() ?? NaN);
    }
    await operator.stop();
  }
  return { readyAfterMs, residentMb };
}

/** Half way is where the operator brings them. Resolves with what it had grown to. */
async function fill(stage: Stage): Promise<{ residentMb: number; clear: () => Promise<void> }> {
  const { receiver, say } = stage;
  say(`P9: ${analyses} analyses are made and go half way, which takes some minutes`);
  const operator = await startOperator(stage);
  const field = await makeField(stage, { analyses, endpointUrls: [receiver.urlOf('half-way')] });
  await drive(stage, field, halfWay);
  await receiver.waitFor('half-way', analyses * 6, 300_000);
  await delay(restMs);
  const residentMb = residentMbOf(operator.pid() ?? NaN);
  await operator.stop();
  return { residentMb, clear: field.clear };
}

async function nodeWithClient({ signal }: Stage): Promise<number> {
  const script = "await import('@kubernetes/client-node'); setInterval(() => {}, 1e6);";
  const child = execFile(
    process.execPath,
    ['--input-type=module', '--eval', script],
    { cwd: repository, signal },
    () => {},
  );
  try {
    await delay(restMs);
    return residentMbOf(child.pid ?? NaN);
  } finally {
    child.kill('SIGKILL');
  }
}
