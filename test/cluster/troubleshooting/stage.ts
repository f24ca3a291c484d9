// Where a situation of docs/troubleshooting.md plays: a namespace of its own, and a receiver that answers as it is told.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Ledger } from '../../../src/api/ledger.ts';
import type { WebhookEndpointStatus } from '../../../src/api/webhook-endpoint.ts';
import { objectPath, type ResourceType } from '../../../src/kube/paths.ts';
import { adminClient, analysisType, endpointType, getAnalysis } from '../../support/cluster.ts';
import type { Journal, Receipt, Reply } from '../../support/journal.ts';
import { conditionOf, ledgerOf, openScene, type Scene } from '../../support/scene.ts';
import { until } from '../../support/until.ts';

/** What the page calls the endpoint and the analysis. */
export const partner = 'partner';
export const run = 'run-4711';

export const success = { phase: 'Success', percentage: 100 };

export type Answer = (receipt: Receipt) => Reply | Promise<Reply>;

type Counts = Pick<WebhookEndpointStatus, 'pendingCount' | 'deliveredCount' | 'failedCount'>;

export interface Stage extends Scene {
  t: TestContext;
  /** Where the commands of the page are run; it goes with the test. */
  folder: string;
  /** Says what the receiver of the endpoint answers; 200 before that. */
  answer: (answer: Answer) => void;
  /** Resolves when a condition of the endpoint has this reason, and its status these counts. */
  endpointSays: (type: 'Ready' | 'Delivering', reason: string, counts?: Counts) => Promise<void>;
  /** Resolves when the Notified condition of the analysis has this reason. */
  analysisSays: (reason: string) => Promise<void>;
  /** Resolves when the ledger of the analysis is there and as it should be. */
  ledgerIs: (condition: (ledger: Ledger) => boolean) => Promise<void>;
  /** Resolves when there is an Event with this reason. */
  eventSays: (reason: string) => Promise<void>;
}

/** Not parsed: it may be one that cannot be read. */
interface Observed {
  status?: { conditions?: { type: string; status: string; reason: string; message: string }[] };
}

/** The machine may be busy with other tests. */
const patienceMs = 60_000;

/** @param answers of the receivers in the journal, by path */
export async function openStage(
  t: TestContext,
  { journal, answers, namespace }: { journal: Journal; answers: Map<string, Answer>; namespace: string },
): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), 'heliograph-troubleshooting-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const get = async (type: ResourceType, name: string) =>
    await adminClient().get<Observed>(objectPath(type, namespace, name));
  const soon = (what: string, condition: () => Promise<boolean>) =>
    until(condition, `${what} in ${namespace}`, patienceMs);
  return {
    ...(await openScene(t, journal, namespace)),
    t,
    folder,
    answer: (answer) => void answers.set(`/${namespace}/${partner}`, answer),
    endpointSays: (type, reason, counts = {}) =>
      soon(`${type} is ${reason}`, async () => {
        const endpoint = await get(endpointType, partner);
        const status: Readonly<Record<string, unknown>> = { ...endpoint.status };
        const isCounted = Object.entries(counts).every(([name, count]) => status[name] === count);
        return isCounted && conditionOf(endpoint, type)?.reason === reason;
      }),
    analysisSays: (reason) =>
      soon(`Notified is ${reason}`, async () => {
        return conditionOf(await get(analysisType, run), 'Notified')?.reason === reason;
      }),
    ledgerIs: (condition) =>
      soon('the ledger is so', async () => {
        const ledger = ledgerOf(await getAnalysis(namespace, run));
        return ledger !== undefined && condition(ledger);
      }),
    eventSays: (reason) =>
      soon(`an Event is ${reason}`, async () => {
        const { items } = await adminClient().list(`/apis/events.k8s.io/v1/namespaces/${namespace}/events`);
        return (items as { reason?: string }[]).some((event) => event.reason === reason);
      }),
  };
}
