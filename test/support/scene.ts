// A namespace with an operator's eye on it and a receiver: where most tests of deliveries play.
import type { TestContext } from 'node:test';
import type { Analysis } from '../../src/api/analysis.ts';
import type { Ledger } from '../../src/api/ledger.ts';
import { isForbidden, isRetriable } from '../../src/kube/errors.ts';
import { objectPath } from '../../src/kube/paths.ts';
import {
  adminClient,
  analysisType,
  applyAnalysis,
  applyEndpoint,
  getAnalysis,
  newNamespace,
  patchStatus,
} from './cluster.ts';
import type { Journal, MilestoneBody, Receipt } from './journal.ts';
import { until } from './until.ts';

export interface Scene {
  namespace: string;
  /** Applies a WebhookEndpoint whose receipts the journal has under `/NAMESPACE/NAME`. */
  endpoint: (name: string, spec?: object) => Promise<unknown>;
  /** Applies an Analysis that opts in. */
  analysis: (name: string, spec?: object, labels?: Readonly<Record<string, string>>) => Promise<Analysis>;
  /** Deletes an Analysis. */
  drop: (name: string) => Promise<void>;
  /** What a worker does. */
  report: (name: string, ...statuses: readonly object[]) => Promise<void>;
  /** What a worker does that tries again while the API server is away, or does not know its rights yet. */
  persist: (name: string, ...statuses: readonly object[]) => Promise<void>;
  /** The Analysis once its ledger is settled. */
  settled: (name: string, timeoutMs?: number) => Promise<Analysis>;
  /** `sequence event_type status percentage` of what an endpoint of format Milestone was sent about an analysis. */
  story: (endpoint: string, analysis: Analysis) => string[];
  /** What the journal has, its paths as the model wants them: `/ENDPOINT`. */
  receipts: () => Receipt[];
}

/** @param journal whatever the format of its bodies */
export async function openScene(
  t: TestContext,
  journal: Journal<unknown>,
  namespace?: string,
): Promise<Scene> {
  const home = namespace ?? (await newNamespace(t));
  return {
    namespace: home,
    endpoint: (name, spec = {}) =>
      applyEndpoint(home, name, { url: journal.url(`/${home}/${name}`), ...spec }),
    analysis: (name, spec = {}, labels = {}) =>
      applyAnalysis(home, name, { notifyViaWebhook: true, ...spec }, labels),
    drop: async (name) => {
      await adminClient().request({ method: 'DELETE', path: objectPath(analysisType, home, name) });
    },
    report: async (name, ...statuses) => {
      for (const status of statuses) await patchStatus(home, name, status);
    },
    persist: async (name, ...statuses) => {
      for (const status of statuses) await until(() => isReported(home, name, status), `${name} is reported`);
    },
    settled: async (name, timeoutMs) => {
      const isSettled = async () => ledgerOf(await getAnalysis(home, name))?.state === 'Settled';
      await until(isSettled, `${name} is settled`, timeoutMs);
      return await getAnalysis(home, name);
    },
    story: (endpoint, { metadata: { uid } }) =>
      journal
        .at(`/${home}/${endpoint}`)
        .filter(({ id }) => id.startsWith(uid))
        .map(({ body }) => body as MilestoneBody)
        .map((body) => `${body.sequence} ${body.event_type} ${body.status} ${body.percentage}`),
    receipts: () =>
      journal.receipts.map((one) => ({ ...(one as Receipt), path: one.path.replace(`/${home}`, '') })),
  };
}

async function isReported(namespace: string, name: string, status: object): Promise<boolean> {
  try {
    await patchStatus(namespace, name, status);
    return true;
  } catch (error) {
    if (!isRetriable(error) && !isForbidden(error)) throw error;
    return false;
  }
}

export function ledgerOf(analysis: Analysis): Ledger | undefined {
  return analysis.status.delivery;
}

export function conditionOf(
  {
    status,
  }: {
    status?:
      | { conditions?: { type: string; status: string; reason: string; message: string }[] | undefined }
      | undefined;
  },
  type: string,
) {
  return status?.conditions?.find((one) => one.type === type);
}

const milestones = [10, 20, 30, 40, 50, 60, 70, 80, 90];

/** What a receiver is told of an analysis that completes. */
export const wholeStory = [
  '1 analysis.started analyzing 0',
  ...milestones.map((percentage) => `${percentage / 10 + 1} analysis.progress analyzing ${percentage}`),
  '11 analysis.completed success 100',
];

/** What a worker reports step by step. */
export const everyStep = [
  { phase: 'Analyzing', percentage: 0 },
  ...milestones.map((percentage) => ({ percentage })),
  { phase: 'Success', percentage: 100 },
];
