// P12 and P13: what endpoints that do not answer, or whose name servers do not, do to the others.
import { type Bar, bars } from '../bars.ts';
import { makeField } from '../field.ts';
import { joinJournals, readJournal } from '../journal.ts';
import { drive, type Load, steadySteps } from '../load.ts';
import type { Report } from '../report.ts';
import { silentNameserver } from '../silent-nameserver.ts';
import type { Stage } from '../stage.ts';
import { median, quantile } from '../statistics.ts';
import { delaysOf } from './latency.ts';
import { deliveriesPerSecond } from './throughput.ts';
import { withOperator } from './warm-up.ts';

interface Case {
  id: 'P12' | 'P13';
  title: string;
  /** Where the endpoints send to that are ill. */
  illUrls: readonly string[];
  /** A command that gives the operator their name server. */
  within?: readonly string[];
}

interface Run {
  /** Of the well ones. */
  deliveriesPerSecond: number;
  p99Ms: number;
}

const endpoints = 10;

/** Below saturation: ten requests for each status write. */
const load: Load = { analyses: 15, steps: steadySteps, order: 'staggered', pace: { perSecond: 30 } };

/** Of each kind, in turn. */
const pairs = 7;

/** Starts with the operator stopped and leaves it stopped. */
export async function measureIsolation(stage: Stage, report: Report): Promise<void> {
  const { controlPlane, receiver } = stage;
  await compare(stage, report, {
    id: 'P12',
    title: 'one endpoint of ten hangs',
    illUrls: [receiver.urlOf('hang')],
  });
  await using nameserver = await silentNameserver(controlPlane.dir);
  if (nameserver === undefined) {
    report.note('P13: left out: a name server of its own for one process takes Linux and root');
    return;
  }
  const illUrls = ['one', 'two', 'three'].map((name) =>
    receiver.urlOf('silent').replace('127.0.0.1', `${name}.test`),
  );
  await compare(stage, report, {
    id: 'P13',
    title: 'three of ten are on a silent name server',
    illUrls,
    within: nameserver.within,
  });
}

async function compare(
  stage: Stage,
  report: Report,
  { id, title, illUrls, within = [] }: Case,
): Promise<void> {
  const ratios = await withOperator(
    stage,
    report,
    async () => {
      const found: Run[] = [];
      const well = endpoints - illUrls.length;
      for (let pair = 1; pair <= pairs; pair += 1) {
        stage.say(`${id}: ${title}, pair ${pair} of ${pairs}`);
        const without = await runWell(stage, report, { name: `${id}-${pair}-well`, illUrls: [], well });
        const beside = await runWell(stage, report, { name: `${id}-${pair}-ill`, illUrls, well });
        found.push({
          deliveriesPerSecond: beside.deliveriesPerSecond / without.deliveriesPerSecond,
          p99Ms: beside.p99Ms / without.p99Ms,
        });
      }
      return found;
    },
    { within },
  );
  const row = (metric: string, values: readonly number[], bar: Bar) => {
    report.row({
      id,
      metric: `${title}: the others' ${metric} ÷ without`,
      figures: [median(values)],
      unit: '×',
      bar,
    });
    const range = `${Math.min(...values).toFixed(2)} to ${Math.max(...values).toFixed(2)}`;
    report.note(`${id}: ${metric}: ${values.length} pairs, ${range}`);
  };
  row(
    'deliveries/s',
    ratios.map(({ deliveriesPerSecond }) => deliveriesPerSecond),
    bars.othersThroughput,
  );
  if (id === 'P12')
    row(
      'p99',
      ratios.map(({ p99Ms }) => p99Ms),
      bars.othersLatency,
    );
}

/** The same number of endpoints each time, so that ledgers are of one size: without ill ones all are well. */
async function runWell(
  stage: Stage,
  report: Report,
  { name, illUrls, well }: { name: string; illUrls: readonly string[]; well: number },
): Promise<Run> {
  const { receiver } = stage;
  const names = Array.from({ length: endpoints - illUrls.length }, (_, index) => `${name}-${index}`);
  const endpointUrls = [...names.map((one) => receiver.urlOf(one)), ...illUrls];
  const field = await makeField(stage, { analyses: load.analyses, endpointUrls });
  const { uids } = field;
  const sequences = steadySteps.flatMap(({ brings }) => brings);
  const { writes } = await drive(stage, field, load);
  const compared = names.slice(0, well);
  for (const one of compared) await receiver.waitFor(one, uids.length * sequences.length, 60_000);
  const journals = await Promise.all(
    compared.map(async (one) => readJournal(await receiver.arrivals(one), { uids, sequences })),
  );
  await field.clear();
  const journal = joinJournals(journals);
  for (const problem of journal.problems) report.problem(`${name}: ${problem}`);
  const delays = journals.flatMap((one) => delaysOf({ writes, uids, journal: one, load }).fromAnswer);
  return { deliveriesPerSecond: deliveriesPerSecond({ writes, journal }), p99Ms: quantile(delays, 0.99) };
}
