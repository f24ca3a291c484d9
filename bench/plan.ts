// How much is measured: enough for a figure, or for a good one.

export interface Plan {
  /** Analyses of a bare loop at full speed: more than with the operator, because one alone is over in no time. */
  bareAnalyses: number;
  /** Analyses of a bare loop at a fixed rate. */
  pacedBareAnalyses: number;
  /** Rounds of bare, operator, bare that must agree with themselves. */
  validRounds: number;
  /** Rounds after which that is given up. */
  maxRounds: number;
  /** No further round is begun so long after the start of the program. */
  noRoundAfterSeconds: number;
  /** Of P5's far events. */
  spacing: { seconds: number; analyses: number };
  /** Without what takes minutes: memory, start, failover, isolation, and others who deliver. */
  isQuick: boolean;
}

export const quickPlan: Plan = {
  bareAnalyses: 200,
  pacedBareAnalyses: 40,
  validRounds: 1,
  maxRounds: 2,
  noRoundAfterSeconds: 130,
  spacing: { seconds: 3, analyses: 10 },
  isQuick: true,
};

export const fullPlan: Plan = {
  bareAnalyses: 300,
  pacedBareAnalyses: 100,
  validRounds: 3,
  maxRounds: 4,
  noRoundAfterSeconds: 420,
  spacing: { seconds: 10, analyses: 20 },
  isQuick: false,
};
