// One run of a load: alone, or with somebody who delivers the events it brings about.
import { makeField } from './field.ts';
import { type Journal, readJournal } from './journal.ts';
import { drive, type Load, type Write } from './load.ts';
import { cpuTimes, othersShare } from './other-work.ts';
import type { Report } from './report.ts';
import { countWrites, type Writes } from './requests.ts';
import type { Stage } from './stage.ts';

export interface DeliveredRun {
  name: string;
  load: Load;
  writes: readonly Write[];
  uids: readonly string[];
  journal: Journal;
  /** Writes of the operator to the ledgers, from before the first event until every ledger was settled. */
  ledgerWrites: number;
  /** Its other writes in that time. */
  otherWrites: number;
  /** Of the machine, from the first status write to the last event. */
  othersShare: number;
}

export interface BareRun {
  writes: readonly Write[];
  othersShare: number;
}

/** After the last status write. Whoever needs longer has lost events. */
const patienceMs = 60_000;

/** Runs a load without any endpoint. No operator may be running. */
export async function runBare(stage: Stage, report: Report, load: Load): Promise<BareRun> {
  const field = await makeField(stage, { analyses: load.analyses, endpointUrls: [] });
  const cpuBefore = cpuTimes();
  const { writes, failures } = await drive(stage, field, load);
  const share = othersShare(cpuBefore, cpuTimes());
  await field.clear();
  for (const failure of new Set(failures)) report.problem(`bare loop: a status write failed: ${failure}`);
  return { writes, othersShare: share };
}

/** Runs a load with one endpoint while an operator runs, and checks that every event came, in order. */
export async function runDelivered(
  stage: Stage,
  report: Report,
  { name, load, isWarmUp = false }: { name: string; load: Load; isWarmUp?: boolean },
): Promise<DeliveredRun> {
  const { receiver } = stage;
  const field = await makeField(stage, { analyses: load.analyses, endpointUrls: [receiver.urlOf(name)] });
  const { uids } = field;
  const sequences = load.steps.flatMap(({ brings }) => brings);
  const before = await countWrites(stage);
  const cpuBefore = cpuTimes();
  const { writes, failures } = await drive(stage, field, load);
  await receiver.waitFor(name, uids.length * sequences.length, patienceMs);
  const share = othersShare(cpuBefore, cpuTimes());
  const unsettled = await settle();
  const after = await countWrites(stage);
  const journal = readJournal(await receiver.arrivals(name), { uids, sequences });
  await field.clear();
  const problems = [
    ...[...new Set(failures)].map((failure) => `a status write failed: ${failure}`),
    ...journal.problems,
    ...unsettled,
  ];
  for (const problem of problems) report.problem(`${name}: ${problem}`);
  if (!isWarmUp)
    report.deliveries(name, { owed: uids.length * sequences.length, journal, ok: problems.length === 0 });
  const counted = operatorWrites(before, after, writes.length + failures.length);
  return { name, load, writes, uids, journal, ...counted, othersShare: share };

  async function settle(): Promise<string[]> {
    try {
      await field.settled(patienceMs);
      return [];
    } catch (error) {
      stage.signal.throwIfAborted();
      return [String(error)];
    }
  }
}

function operatorWrites(before: Writes, after: Writes, ours: number) {
  return {
    ledgerWrites: after.analysisStatus - before.analysisStatus - ours,
    otherWrites: after.other - before.other,
  };
}
