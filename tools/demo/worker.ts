// Plays the worker: reports progress as a Job's pod would, and sees each event arrive.
import type { Kubectl } from './kubectl.ts';
import type { Operator } from './operator.ts';
import type { Receiver } from './receiver.ts';
import { type Report, runs } from './runs.ts';
import type { Stage } from './stage.ts';

/** Who the example's Job runs as. */
const user = 'system:serviceaccount:default:analysis-worker';

export async function playWorker(
  { screen, signal }: Stage,
  { kubectl, operator, receiver }: { kubectl: Kubectl; operator: Operator; receiver: Receiver },
): Promise<void> {
  screen.note(
    'A report is a patch of the status of an Analysis, with the rights that worker-role.yaml gives:',
  );
  screen.command(['kubectl', ...patch('NAME', { phase: 'Analyzing', percentage: 40 })]);
  for (const { analysis, about, reports } of runs) {
    screen.part(about);
    const expected: number[] = [];
    for (const report of reports) {
      expected.push(...report.brings);
      screen.report(lineOf(analysis, report));
      await kubectl.run(patch(analysis, report), { quiet: true });
      const isComplete = async () => receiver.sequencesOf(analysis).length >= expected.length;
      await operator.program.until(`event ${report.brings.join(', ')} of ${analysis}`, isComplete, signal);
      requireSame(analysis, receiver.sequencesOf(analysis), expected);
    }
  }
}

/** To look once more when all is over: what should not come may come late. */
export function requireExpected(receiver: Receiver): void {
  for (const { analysis, reports } of runs)
    requireSame(
      analysis,
      receiver.sequencesOf(analysis),
      reports.flatMap(({ brings }) => brings),
    );
}

function requireSame(analysis: string, arrived: readonly number[], expected: readonly number[]): void {
  if (arrived.join() === expected.join()) return;
  throw new Error(
    `${analysis}: the receiver got the events ${arrived.join(', ') || '(none)'}, ` +
      `and should have got ${expected.join(', ') || '(none)'}`,
  );
}

function patch(analysis: string, { phase, percentage }: Pick<Report, 'phase' | 'percentage'>): string[] {
  return [
    'patch',
    'analysis',
    analysis,
    '--subresource=status',
    '--type=merge',
    `--as=${user}`,
    '-p',
    JSON.stringify({ status: { phase, percentage } }),
  ];
}

function lineOf(analysis: string, { phase, percentage }: Report): string {
  return `${analysis.padEnd(14)}      ${phase.padEnd(18)}  ${String(percentage).padStart(3)} %`;
}
