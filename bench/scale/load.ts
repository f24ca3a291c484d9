// The load of full speed, beside all the analyses that there are.
import { makeField } from '../field.ts';
import { readJournal } from '../journal.ts';
import { drive, type Load } from '../load.ts';
import { delaysOf, spreadOf } from '../measure/latency.ts';
import { deliveriesPerSecond, saturation } from '../measure/throughput.ts';
import { cpuMsOf } from '../usage.ts';
import type { Report } from '../report.ts';
import { countRequests } from '../requests.ts';
import type { Stage } from '../stage.ts';
import { lagOf } from './lag.ts';
import type { MeasuredOperator } from './operator.ts';
import type { LoadCost } from './sample.ts';
import { apiServerPid } from './served.ts';

const warmUp: Load = { ...saturation, analyses: 60 };
const patienceMs = 60_000;

/** `run` is where its events go: another one each time. */
export async function costOfLoad(
  stage: Stage,
  report: Report,
  { operator, run }: { operator: MeasuredOperator; run: string },
): Promise<LoadCost> {
  await deliver(stage, report, { operator, run: `${run}-warm-up`, load: warmUp });
  return await deliver(stage, report, { operator, run, load: saturation });
}

async function deliver(
  stage: Stage,
  report: Report,
  { operator, run, load }: { operator: MeasuredOperator; run: string; load: Load },
): Promise<LoadCost> {
  const { receiver } = stage;
  const field = await makeField(stage, { analyses: load.analyses, endpointUrls: [receiver.urlOf(run)] });
  const { uids } = field;
  const sequences = load.steps.flatMap(({ brings }) => brings);
  const owed = uids.length * sequences.length;
  const before = await countRequests(stage);
  await operator.metrics();
  const used = usage();
  const { writes, failures } = await drive(stage, field, load);
  await receiver.waitFor(run, owed, patienceMs);
  await field.settled(patienceMs);
  const { operatorMs, apiServerMs } = usage(used);
  const lag = lagOf(await operator.metrics());
  const statusWrites = (await countRequests(stage)).ledgerWrites - before.ledgerWrites;
  const journal = readJournal(await receiver.arrivals(run), { uids, sequences });
  await field.clear();
  for (const problem of [...new Set(failures), ...journal.problems]) report.problem(`${run}: ${problem}`);
  const [p50Ms, p99Ms] = spreadOf(delaysOf({ writes, uids, journal, load }).fromAnswer);
  return {
    deliveriesPerSecond: deliveriesPerSecond({ writes, journal }),
    p50Ms,
    p99Ms,
    operatorCpuMsPerEvent: operatorMs / journal.delivered,
    writesPerEvent: statusWrites / journal.delivered,
    apiServerCpuMsPerWrite: apiServerMs / statusWrites,
    lagP99Ms: lag.p99Ms,
    lagMaxMs: lag.maxMs,
    repeated: journal.repeated,
  };

  /** CPU time, since then where given. */
  function usage(since = { operatorMs: 0, apiServerMs: 0 }): typeof since {
    return {
      operatorMs: cpuMsOf(operator.pid()) - since.operatorMs,
      apiServerMs: cpuMsOf(apiServerPid(stage)) - since.apiServerMs,
    };
  }
}
