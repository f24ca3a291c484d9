// The four analyses of examples/milestone/.
import type { Contract, Report } from '../contract.ts';
import { deliveryOf } from '../ledger.ts';

const started = '1 analysis.started 0 %';
const completed = '11 analysis.completed 100 %';

/** The milestones from one percentage to another. */
function progress(from: number, to: number): string[] {
  const count = (to - from) / 10 + 1;
  return Array.from({ length: count }, (_, index) => from + index * 10).map(
    (percentage) => `${percentage / 10 + 1} analysis.progress ${percentage} %`,
  );
}

function steps(): Report[] {
  return [10, 20, 30, 40, 50, 60, 70, 80, 90].map((percentage) => ({
    phase: 'Analyzing',
    percentage,
    brings: progress(percentage, percentage),
  }));
}

export const ochy: Contract = {
  name: 'ochy',
  about: 'Milestone, the contract of Ochy: every ten per cent of the analyses that have opted in.',
  folder: 'examples/milestone/',
  endpoint: 'ochy',
  note: 'The Job is a worker for a real cluster. There are no nodes here to run it, so the next step plays its part.',
  runs: [
    {
      analysis: 'steady-run',
      id: 'steady-run',
      about: 'A steady run: every ten per cent is an event.',
      reports: [
        { phase: 'Analyzing', percentage: 0, brings: [started] },
        ...steps(),
        { phase: 'Success', percentage: 100, brings: [completed] },
      ],
    },
    {
      analysis: 'jumping-run',
      id: 'jumping-run',
      about: 'A jump from 20 to 70 per cent: no milestone is left out, and they come in order.',
      reports: [
        { phase: 'Analyzing', percentage: 20, brings: [started, ...progress(10, 20)] },
        { phase: 'Analyzing', percentage: 70, brings: progress(30, 70) },
        { phase: 'Success', percentage: 100, brings: [...progress(80, 90), completed] },
      ],
    },
    {
      analysis: 'failing-run',
      id: 'failing-run',
      about: 'A failure at 35 per cent: the last event is always number 11.',
      reports: [
        { phase: 'Analyzing', percentage: 35, brings: [started, ...progress(10, 30)] },
        { phase: 'Failed', percentage: 35, brings: ['11 analysis.failed 35 %'] },
      ],
    },
    {
      analysis: 'quiet-run',
      id: 'quiet-run',
      about: 'One that has not opted in: nothing is sent.',
      reports: [
        { phase: 'Analyzing', percentage: 50, brings: [] },
        { phase: 'Success', percentage: 100, brings: [] },
      ],
    },
  ],
  look: {
    about: 'The ledger of one of them, status.delivery:',
    parameters: ['get', 'analysis', 'failing-run', '-o', 'yaml'],
    pick: deliveryOf,
  },
  ownSpec: () => ({ analysisId: 'my-run', notifyViaWebhook: true }),
};
