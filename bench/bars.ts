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
  latency: { hold: [1, 20], aim: [0.4, 10], better: 'less' },
  writesUnderLoad: { hold: [0.6], aim: [0.4], better: 'less' },
  writesFarApart: { hold: [1.1], better: 'less' },
  writesInOneJump: { hold: [0.2], better: 'less' },
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
