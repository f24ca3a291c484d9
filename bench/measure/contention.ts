// P7: what a commit of a ledger costs while a worker patches the same object in a loop.
import { bars } from '../bars.ts';
import { makeField } from '../field.ts';
import { steadySteps } from '../load.ts';
import type { Report } from '../report.ts';
import { countRequests } from '../requests.ts';
import type { Stage } from '../stage.ts';
import { withOperator } from './warm-up.ts';

const analyses = 8;

/** Of `message`, which brings no event, after each step. */
const patchesBetween = 25;

/** Starts with the operator stopped and leaves it stopped. */
export async function measureContention(stage: Stage, report: Report): Promise<void> {
  const { requests, commits, patches } = await withOperator(stage, report, () => patchInLoops(stage));
  report.row({
    id: 'P7',
    metric: `requests per commit of a ledger while a worker patches the analysis in a loop`,
    figures: [requests / commits],
    unit: '×',
    bar: bars.requestsPerCommit,
  });
  report.note(
    `P7: ${requests} requests (writes, and gets) for ${commits} commits, beside ${patches} patches of workers`,
  );
}

async function patchInLoops(stage: Stage) {
  const { client, receiver, say } = stage;
  say(`P7: ${analyses} workers patch an analysis each, in a loop`);
  const field = await makeField(stage, { analyses, endpointUrls: [receiver.urlOf('contention')] });
  const before = await countRequests(stage);
  let patches = 0;
  const patch = async (path: string, status: object) => {
    await client.patchMerge(path, { status });
    patches += 1;
  };
  await Promise.all(
    field.statusPaths.map(async (path) => {
      for (const { phase, percentage } of steadySteps) {
        await patch(path, { phase, percentage });
        for (let index = 0; index < patchesBetween; index += 1) await patch(path, { message: `${index}` });
      }
    }),
  );
  await field.settled(60_000);
  const after = await countRequests(stage);
  const commits = await field.commits();
  await field.clear();
  const writes = after.ledgerWrites - before.ledgerWrites - patches;
  return { requests: writes + after.gets - before.gets, commits, patches };
}
