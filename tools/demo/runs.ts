// The four analyses of examples/milestone/: what the worker reports of each, and what the receiver should get for it.

export interface Report {
  phase: 'Analyzing' | 'Success' | 'Failed';
  percentage: number;
  /** The sequence numbers of the events that this report brings about. */
  brings: readonly number[];
}

export interface Run {
  analysis: string;
  about: string;
  reports: readonly Report[];
}

export const runs: readonly Run[] = [
  {
    analysis: 'steady-run',
    about: 'A steady run: every ten per cent is an event.',
    reports: [
      { phase: 'Analyzing', percentage: 0, brings: [1] },
      ...[10, 20, 30, 40, 50, 60, 70, 80, 90].map((percentage, index) => ({
        phase: 'Analyzing' as const,
        percentage,
        brings: [index + 2],
      })),
      { phase: 'Success', percentage: 100, brings: [11] },
    ],
  },
  {
    analysis: 'jumping-run',
    about: 'A jump from 20 to 70 per cent: no milestone is left out, and they come in order.',
    reports: [
      { phase: 'Analyzing', percentage: 20, brings: [1, 2, 3] },
      { phase: 'Analyzing', percentage: 70, brings: [4, 5, 6, 7, 8] },
      { phase: 'Success', percentage: 100, brings: [9, 10, 11] },
    ],
  },
  {
    analysis: 'failing-run',
    about: 'A failure at 35 per cent: the last event is always number 11.',
    reports: [
      { phase: 'Analyzing', percentage: 35, brings: [1, 2, 3, 4] },
      { phase: 'Failed', percentage: 35, brings: [11] },
    ],
  },
  {
    analysis: 'quiet-run',
    about: 'One that has not opted in: nothing is sent.',
    reports: [
      { phase: 'Analyzing', percentage: 50, brings: [] },
      { phase: 'Success', percentage: 100, brings: [] },
    ],
  },
];

/** How many events the receiver gets in all. */
export const eventCount = runs.flatMap(({ reports }) => reports.flatMap(({ brings }) => brings)).length;
