// One load with one who delivers, however well or badly it does.
import { setTimeout as delay } from 'node:timers/promises';
import { makeField } from '../field.ts';
import { eventId, readJournal } from '../journal.ts';
import { drive, type Load } from '../load.ts';
import { delaysOf, spreadOf } from '../measure/latency.ts';
import { deliveriesPerSecond } from '../measure/throughput.ts';
import { cpuTimes, othersShare } from '../other-work.ts';
import type { Report } from '../report.ts';
import type { DeliveredRun } from '../run.ts';
import type { Stage } from '../stage.ts';
import type { PeerRun } from './pass.ts';
import type { Peer } from './peer.ts';
import { quantile } from '../statistics.ts';
import { cpuMsOf } from '../usage.ts';

/** Nothing new for so long means that nothing more will come, and that what came is on record. */
const quietMs = 2500;

/** Of one core: below that it only waits. */
const idleShare = 0.1;

/** After the last status write. */
const patienceMs = 60_000;

const percentiles = Array.from({ length: 101 }, (_, percent) => percent);

export interface NamedLoad {
  /** As it stands in the table. */
  title: string;
  load: Load;
}

/** `run` is where its events go: another one each time. Throws when the process ends meanwhile. */
export async function runPeer(
  stage: Stage,
  report: Report,
  { peer, pid, run, of: { title, load } }: { peer: Peer; pid: number; run: string; of: NamedLoad },
): Promise<PeerRun> {
  const field = await makeField(stage, {
    analyses: load.analyses,
    ...peer.sendsTo(stage.receiver.urlOf(run)),
  });
  const { uids } = field;
  const sequences = load.steps.flatMap(({ brings }) => brings);
  const cpuBefore = cpuTimes();
  const usedMs = -cpuMsOf(pid);
  const { writes, failures } = await drive(stage, field, load);
  await untilQuiet(stage, run, pid);
  if (peer.isOurs) await field.settled(patienceMs);
  const cpuMs = usedMs + cpuMsOf(pid);
  const share = othersShare(cpuBefore, cpuTimes());
  const journal = readJournal(await stage.receiver.arrivals(run), { uids, sequences });
  await field.clear();
  if (peer.isOurs)
    for (const problem of [...new Set(failures), ...journal.problems]) report.problem(`${run}: ${problem}`);
  const { fromAnswer, fromStart } = delaysOf({ writes, uids, journal, load });
  return {
    load: title,
    owed: uids.length * sequences.length,
    delivered: journal.delivered,
    repeated: journal.repeated,
    disordered: journal.disordered,
    failedWrites: failures.length,
    fromAnswerMs: spreadOf(fromAnswer),
    fromAnswerPercentilesMs: percentiles.map((percent) => quantile(fromAnswer, percent / 100)),
    fromStartMs: spreadOf(fromStart),
    firstFromAnswerMs: spreadOf(firstDelaysOf({ writes, uids, journal })),
    deliveriesPerSecond: deliveriesPerSecond({ writes, journal }),
    cpuMsPerEvent: cpuMs / journal.delivered,
    othersShare: share,
  };
}

/** Resolves when no request has come for a while and the process has had next to nothing to do. */
async function untilQuiet({ receiver, signal }: Stage, run: string, pid: number): Promise<void> {
  const deadlineMs = performance.now() + patienceMs;
  const look = async () => ({ requests: (await receiver.arrivals(run)).length, cpuMs: cpuMsOf(pid) });
  let before = await look();
  while (performance.now() < deadlineMs) {
    await delay(quietMs, undefined, { signal });
    const now = await look();
    if (now.requests === before.requests && now.cpuMs - before.cpuMs < idleShare * quietMs) return;
    before = now;
  }
}

/** Of the first event of each analysis, from the answer to the write that brought it about. */
function firstDelaysOf({
  writes,
  uids,
  journal,
}: Pick<DeliveredRun, 'writes' | 'uids' | 'journal'>): number[] {
  return writes
    .filter(({ step }) => step === 0)
    .flatMap(({ analysis, answeredAtMs }) => {
      const atMs = journal.firstMs.get(eventId(uids[analysis] ?? '', 1));
      return atMs === undefined ? [] : atMs - answeredAtMs;
    });
}
