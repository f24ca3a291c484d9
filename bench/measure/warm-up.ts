// Lets programs get up to speed: what a compiler does in the first seconds is no part of any row.
import { type Load, steadySteps } from '../load.ts';
import { type OperatorOptions, startOperator } from '../operator.ts';
import type { Report } from '../report.ts';
import { runBare, runDelivered } from '../run.ts';
import type { Stage } from '../stage.ts';

export const warmingUp: Load = { analyses: 60, steps: steadySteps, order: 'staggered', pace: { workers: 8 } };
let count = 0;

/** The API server and this process. No operator may be running. */
export async function warmUp(stage: Stage, report: Report): Promise<void> {
  stage.say('Warming up');
  await runBare(stage, report, warmingUp);
}

/** Starts an operator, warms it up, measures, and stops it. Events that get lost on the way up count, too. */
export async function withOperator<T>(
  stage: Stage,
  report: Report,
  measure: () => Promise<T>,
  options: OperatorOptions = {},
): Promise<T> {
  stage.say('Starting the operator, and warming it up');
  const operator = await startOperator(stage, options);
  count += 1;
  await runDelivered(stage, report, { name: `warm-up-${count}`, load: warmingUp, isWarmUp: true });
  const measured = await measure();
  await operator.stop();
  for (const line of operator.complaints()) report.note(`The operator said: ${line}`);
  return measured;
}
