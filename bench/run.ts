// One run of a load: alone, or with somebody who delivers the events it brings about.
import { makeField } from './field.ts';
import { joinJournals, type Journal, readJournal } from './journal.ts';
import { drive, type Load, type Write } from './load.ts';
import { cpuTimes, othersShare } from './other-work.ts';
import type { Report } from './report.ts';
import { countRequests } from './requests.ts';
import type { Stage } from './stage.ts';

export interface DeliveredRun {
  name: string;
  load: Load;
  writes: readonly Write[];
  uids: readonly string[];
  /** Of all endpoints. */
  journal: Journal;
  /** Writes of the operator to the ledgers, from before the first event until every ledger was settled. */
  ledgerWrites: number;
  /** Its other writes in that time. */
  otherWrites: number;
  /** What it read, one by one and in lists, from before the first event to the last one. */
  reads: number;
  /** Of an analysis at the end, as JSON, without what the API server notes of who wrote which field. */
  bytes: number;
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

export interface DeliveredOptions {
  name: string;
  load: Load;
  endpoints?: number;
  isWarmUp?: boolean;
}

/** Runs a load while an operator runs, and checks that every event came, in order. */
export async function runDelivered(
  stage: Stage,
  report: Report,
  { name, load, endpoints = 1, isWarmUp = false }: DeliveredOptions,
): Promise<DeliveredRun> {
  const { receiver } = stage;
  const names = Array.from({ length: endpoints }, (_, index) => (index === 0 ? name : `${name}-${index}`));
  const endpointUrls = names.map((one) => receiver.urlOf(one));
  const field = await makeField(stage, { analyses: load.analyses, endpointUrls });
  const { uids } = field;
  const sequences = load.steps.flatMap(({ brings }) => brings);
  const before = await countRequests(stage);
  const cpuBefore = cpuTimes();
  const { writes, failures } = await drive(stage, field, load);
  for (const one of names) await receiver.waitFor(one, uids.length * sequences.length, patienceMs);
  const share = othersShare(cpuBefore, cpuTimes());
  // Waiting for the ledgers to settle reads, too.
  const delivered = await countRequests(stage);
  const unsettled = await settle();
  const after = await countRequests(stage);
  const bytes = await field.bytes();
  const arrivals = await Promise.all(names.map((one) => receiver.arrivals(one)));
  const journal = joinJournals(arrivals.map((one) => readJournal(one, { uids, sequences })));
  await field.clear();
  const problems = [
    ...[...new Set(failures)].map((failure) => `a status write failed: ${failure}`),
    ...journal.problems,
    ...unsettled,
  ];
  for (const problem of problems) report.problem(`${name}: ${problem}`);
  if (!isWarmUp)
    report.deliveries(name, {
      owed: uids.length * sequences.length * endpoints,
      journal,
      ok: problems.length === 0,
    });
  return {
    name,
    load,
    writes,
    uids,
    journal,
    ledgerWrites: after.ledgerWrites - before.ledgerWrites - writes.length - failures.length,
    otherWrites: after.otherWrites - before.otherWrites,
    reads: delivered.gets + delivered.lists - before.gets - before.lists,
    bytes,
    othersShare: share,
  };

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
