// Plays the worker: reports progress as a Job's pod would, and sees each event arrive.
import type { Kubectl } from './kubectl.ts';
import type { Operator } from './operator.ts';
import type { Receiver } from './receiver.ts';
import type { Contract, Report } from './contract.ts';
import type { Stage } from './stage.ts';

/** Who the example's Job runs as. */
const user = 'system:serviceaccount:default:analysis-worker';

export async function playWorker(
  { contract, screen, signal }: Stage,
  { kubectl, operator, receiver }: { kubectl: Kubectl; operator: Operator; receiver: Receiver },
): Promise<void> {
  screen.note(
    'A report is a patch of the status of an Analysis, with the rights that worker-role.yaml gives:',
  );
  screen.command(['kubectl', ...patch('NAME', { phase: 'Analyzing', percentage: 40 })]);
  for (const { analysis, id, about, reports } of contract.runs) {
    screen.part(about);
    const expected: string[] = [];
    for (const report of reports) {
      expected.push(...report.brings);
      screen.report(lineOf(analysis, report));
      await kubectl.run(patch(analysis, report), { quiet: report.patchFile === undefined });
      const isComplete = async () => receiver.deliveriesOf(id).length >= expected.length;
      await operator.program.until(`"${report.brings.join('", "')}" of ${analysis}`, isComplete, signal);
      requireSame(analysis, receiver.deliveriesOf(id), expected);
    }
  }
}

/** To look once more when all is over: what should not come may come late. */
export function requireExpected({ runs }: Contract, receiver: Receiver): void {
  for (const { analysis, id, reports } of runs)
    requireSame(
      analysis,
      receiver.deliveriesOf(id),
      reports.flatMap(({ brings }) => brings),
    );
}

function requireSame(analysis: string, arrived: readonly string[], expected: readonly string[]): void {
  if (arrived.join('\n') === expected.join('\n')) return;
  throw new Error(
    `${analysis}: the receiver got "${arrived.join('", "')}", and should have got "${expected.join('", "')}"`,
  );
}

function patch(analysis: string, { phase, percentage, patchFile }: Omit<Report, 'brings'>): string[] {
  return [
    'patch',
    'analysis',
    analysis,
    '--subresource=status',
    '--type=merge',
    `--as=${user}`,
    ...(patchFile === undefined
      ? ['-p', JSON.stringify({ status: { phase, percentage } })]
      : ['--patch-file', patchFile]),
  ];
}

function lineOf(analysis: string, { phase, percentage }: Report): string {
  return `${analysis.padEnd(14)}      ${phase.padEnd(18)}  ${String(percentage).padStart(3)} %`;
}
