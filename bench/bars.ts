// What each row has to hold and what it aims at.

export interface Bar {
  /** One for each figure of the row. */
  hold: readonly number[];
  /** Absent where holding is all there is to reach. */
  aim?: readonly number[];
  better: 'more' | 'less';
}

/** void: the measurement says of itself that it cannot be trusted. none: the row has no bar. */
export type Verdict = 'aim' | 'ok' | 'no' | 'void' | 'none';

export const bars = {
  throughput: { hold: [0.45], aim: [0.6], better: 'more' },
  throughputOfThree: { hold: [1.2], aim: [1.6], better: 'more' },
  throughputOfJumps: { hold: [1.8], aim: [2.5], better: 'more' },
  latency: { hold: [1, 20], aim: [0.4, 10], better: 'less' },
  writesUnderLoad: { hold: [0.6], aim: [0.4], better: 'less' },
  writesFarApart: { hold: [1.1], better: 'less' },
  writesInOneJump: { hold: [0.2], better: 'less' },
  reads: { hold: [0.1], aim: [0.05], better: 'less' },
  requestsPerCommit: { hold: [1.05], aim: [1], better: 'less' },
  size: { hold: [3.5], aim: [2.5], better: 'less' },
  idleMemory: { hold: [1.25], better: 'less' },
  memoryOfActive: { hold: [10], better: 'less' },
  start: { hold: [1.2], better: 'less' },
  startWithMany: { hold: [2.5], better: 'less' },
  cpuBesideArgo: { hold: [1, 1], aim: [0.5, 0.5], better: 'less' },
  othersThroughput: { hold: [0.95], better: 'more' },
  othersLatency: { hold: [1.25], better: 'less' },
  failoverOnTerm: { hold: [1.5], better: 'less' },
  failoverOnKill: { hold: [6], better: 'less' },
} satisfies Record<string, Bar>;

export function verdictOf(figures: readonly number[], bar: Bar | undefined): Verdict {
  if (bar === undefined) return 'none';
  const { hold, aim, better } = bar;
  const reach = (limits: readonly number[]) =>
    figures.every((figure, index) => {
      const limit = limits[index] ?? NaN;
      return better === 'more' ? figure >= limit : figure <= limit;
    });
  if (!reach(hold)) return 'no';
  return aim !== undefined && reach(aim) ? 'aim' : 'ok';
}
