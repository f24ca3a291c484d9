// Whether a figure can be believed: what is measured before and after has to come out alike, and nobody else may have
// used much of the machine meanwhile. A burst in between leaves no trace in the first.

/** Of the larger measurement over the smaller. */
const maxDifference = 0.15;

/** Of the machine's time. */
const maxOthersShare = 0.1;

export interface Agreement {
  isVoid: boolean;
  /** What is behind that, for a person. */
  remark: string;
}

/** @param othersShares what others used during each of the runs that the figure comes from */
export function judge(before: number, after: number, othersShares: readonly number[]): Agreement {
  const difference = Math.abs(after - before) / Math.min(after, before);
  const othersShare = Math.max(...othersShares);
  const isVoid = !(difference <= maxDifference && othersShare <= maxOthersShare);
  return {
    isVoid,
    remark:
      `before and after differ by ${percent(difference)}, others used up to ${percent(othersShare)} of the machine` +
      (isVoid ? `: void (${percent(maxDifference)} and ${percent(maxOthersShare)} at most)` : ''),
  };
}

export function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
