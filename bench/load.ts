// What workers write: which status of which analysis, in which order, and how fast.
import { setTimeout as delay } from 'node:timers/promises';
import { nowMs } from './clock.ts';
import type { Field } from './field.ts';
import type { Stage } from './stage.ts';

/** One status write of an analysis. */
interface Step {
  phase: 'Analyzing' | 'Success';
  percentage: number;
  /** The sequence numbers of the events it brings about. */
  brings: readonly number[];
}

/** Started, 10 to 90 %, success: one event each. */
export const steadySteps: readonly Step[] = [
  ...[0, 10, 20, 30, 40, 50, 60, 70, 80, 90].map((percentage, index) => ({
    phase: 'Analyzing' as const,
    percentage,
    brings: [index + 1],
  })),
  { phase: 'Success', percentage: 100, brings: [11] },
];

/** From nothing to success in one write. */
export const jumpSteps: readonly Step[] = [
  { phase: 'Success', percentage: 100, brings: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11] },
];

export interface Load {
  analyses: number;
  steps: readonly Step[];
  /** Staggered: at any time some analyses start, most go on and some end. Together: all take each step in turn. */
  order: 'staggered' | 'together';
  /** An open loop, which does not wait for answers, or that many workers, who do. */
  pace: { perSecond: number } | { workers: number };
}

/** A status write that was done. Times are ms of the monotonic clock. */
export interface Write {
  analysis: number;
  /** Index of the step. */
  step: number;
  sentAtMs: number;
  answeredAtMs: number;
}

export interface Driven {
  writes: readonly Write[];
  /** Why writes failed. */
  failures: readonly string[];
}

/** Plays the workers to the end. A write that fails is reported, and not repeated. */
export async function drive(
  { client, signal }: Pick<Stage, 'client' | 'signal'>,
  { statusPaths }: Pick<Field, 'statusPaths'>,
  { analyses, steps, order, pace }: Load,
): Promise<Driven> {
  const writes: Write[] = [];
  const failures: string[] = [];
  const turns = inOrder(analyses, steps.length, order);
  /** The last write of each analysis. */
  const last = new Map<number, Promise<void>>();
  if ('workers' in pace) await Promise.all(Array.from({ length: pace.workers }, work));
  else await writeAtRate(pace.perSecond);
  signal.throwIfAborted();
  return { writes, failures };

  async function work(): Promise<void> {
    for (const turn of turns) if (!signal.aborted) await writeInTurn(turn);
  }

  async function writeAtRate(perSecond: number): Promise<void> {
    const startMs = nowMs();
    let sent = 0;
    for (const turn of turns) {
      const waitMs = startMs + (sent * 1000) / perSecond - nowMs();
      if (waitMs > 0) await delay(waitMs, undefined, { signal });
      void writeInTurn(turn);
      sent += 1;
    }
    await Promise.all(last.values());
  }

  /** What reports on an analysis has one write under way: the next one waits for a slow answer. */
  function writeInTurn(turn: Turn): Promise<void> {
    const before = last.get(turn.analysis);
    const written = before === undefined ? write(turn) : before.then(() => write(turn));
    last.set(turn.analysis, written);
    return written;
  }

  /** Never rejects. */
  async function write({ analysis, step }: Turn): Promise<void> {
    const { phase, percentage } = steps[step] ?? {};
    const patch = [
      { op: 'add', path: '/status/phase', value: phase },
      { op: 'add', path: '/status/percentage', value: percentage },
    ];
    const sentAtMs = nowMs();
    try {
      await client.patchJson(statusPaths[analysis] ?? '', patch);
      writes.push({ analysis, step, sentAtMs, answeredAtMs: nowMs() });
    } catch (error) {
      failures.push(String(error));
    }
  }
}

type Turn = Pick<Write, 'analysis' | 'step'>;

/** Rounds in which each running analysis takes one step, so its steps come in order and far apart. */
function* inOrder(analyses: number, steps: number, order: Load['order']): Generator<Turn, void, undefined> {
  const starts = order === 'staggered' ? steps : 1;
  for (let round = 0; round < steps + starts - 1; round += 1) {
    for (let analysis = 0; analysis < analyses; analysis += 1) {
      const step = round - (analysis % starts);
      if (step >= 0 && step < steps) yield { analysis, step };
    }
  }
}
