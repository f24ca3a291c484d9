// What the tests of the contracts share: a stage for each statement, and a look at what kubectl shows.
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { parse } from 'yaml';
import { type Analysis, storedAnalysis } from '../../../src/api/analysis.ts';
import { storedWebhookEndpoint, type WebhookEndpoint } from '../../../src/api/webhook-endpoint.ts';
import { endpointType, manifest, newNamespace } from '../../support/cluster.ts';
import { sharedControlPlane } from '../../support/control-plane.ts';
import {
  type Journal,
  type MilestoneBody,
  type Receipt,
  type Reply,
  startJournal,
} from '../../support/journal.ts';
import { kubectl, type KubectlResult } from '../../support/kubectl.ts';
import { startOperator } from '../../support/operator.ts';
import { openScene, type Scene } from '../../support/scene.ts';
import { until } from '../../support/until.ts';

type Answer<Body> = (receipt: Receipt<Body>) => Reply | Promise<Reply>;

/** A namespace of its own, under an operator and with receivers that it shares with the file's other stages. */
export interface Stage<Body = MilestoneBody> extends Scene {
  t: TestContext;
  journal: Journal<Body>;
  /** What the receiver of an endpoint answers in place of 200. */
  answer: (endpoint: string, answer: Answer<Body>) => void;
  /** What an endpoint was sent, in the order it came. */
  received: (endpoint: string) => Receipt<Body>[];
  /** The URL under which `received` and `answer` know an endpoint. */
  urlOf: (endpoint: string) => string;
  /** Another namespace that the operator watches. Stages share it. */
  elsewhere: string;
}

export type Row<Body = MilestoneBody> = (stage: Stage<Body>) => Promise<void>;

interface Options {
  /** What every endpoint of the contract has in its spec. */
  spec?: object;
  /** Of the operator. */
  flags?: readonly string[];
}

/** Registers a test for each statement; all of them run at the same time, each in a namespace of its own. */
export function contract<Body = MilestoneBody>(
  title: string,
  rows: Readonly<Record<string, Row<Body>>>,
  { spec = {}, flags = [] }: Options = {},
): void {
  test(title, { concurrency: true }, async (t) => {
    const answers = new Map<string, Answer<Body>>();
    const journal = await startJournal<Body>(t, (receipt) => answers.get(receipt.path)?.(receipt) ?? 200);
    const namespaces = await Promise.all(Object.keys(rows).map(() => newNamespace(t)));
    const elsewhere = await newNamespace(t);
    const { operatorKubeconfig: kubeconfig } = sharedControlPlane();
    await startOperator(t, { kubeconfig, namespaces: [...namespaces, elsewhere], flags });
    await Promise.all(
      Object.entries(rows).map(([statement, row], index) =>
        t.test(statement, async (sub) => {
          const scene = await openScene(sub, journal, namespaces[index]);
          const pathOf = (endpoint: string) => `/${scene.namespace}/${endpoint}`;
          await row({
            ...scene,
            t: sub,
            journal,
            endpoint: (name, more) => scene.endpoint(name, { ...spec, ...more }),
            // All stages of a file are busy at the same time.
            settled: (name, timeoutMs = 60_000) => scene.settled(name, timeoutMs),
            answer: (endpoint, answer) => answers.set(pathOf(endpoint), answer),
            received: (endpoint) => journal.at(pathOf(endpoint)),
            urlOf: (endpoint) => journal.url(pathOf(endpoint)),
            elsewhere,
          });
        }),
      ),
    );
  });
}

/** Applies a WebhookEndpoint as a user does. */
export function kubectlApply(
  namespace: string,
  name: string,
  spec: object,
  ...options: readonly string[]
): Promise<KubectlResult> {
  return kubectl(['apply', '-f', '-', ...options], {
    input: manifest(endpointType, namespace, name, { spec }),
  });
}

/** Resolves with the standard output of a kubectl that must succeed. */
export async function shown(...parameters: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await kubectl(parameters);
  assert.equal(code, 0, stderr);
  return stdout;
}

/** As `kubectl get -o yaml` shows it. */
export async function shownAnalysis(namespace: string, name: string): Promise<Analysis> {
  return storedAnalysis.parse(parse(await shown('get', 'analysis', name, '-n', namespace, '-o', 'yaml')));
}

/** As `kubectl get -o yaml` shows it. */
export async function shownEndpoint(namespace: string, name: string): Promise<WebhookEndpoint> {
  return storedWebhookEndpoint.parse(
    parse(await shown('get', 'webhookendpoint', name, '-n', namespace, '-o', 'yaml')),
  );
}

/**
 * What the receiver of an endpoint saw and what kubectl shows are the same: how often each event came, how each
 * attempt was answered, and what came last. For an endpoint that had at most 20 attempts.
 */
export async function assertAgreement<Body>(
  stage: Pick<Stage<Body>, 'namespace' | 'received'>,
  endpoint: string,
  analysis: string,
): Promise<void> {
  const seen = stage.received(endpoint);
  const { metadata, status } = await shownAnalysis(stage.namespace, analysis);
  const own = seen.filter(({ id }) => id.startsWith(metadata.uid));
  const last = own.at(-1);
  const { deliveries = [], lastResponse } =
    status.delivery?.endpoints.find(({ name }) => name === endpoint) ?? {};
  for (const { sequence, attempts, statusCode } of deliveries) {
    const attemptsSeen = own.filter((receipt) => receipt.sequence === sequence);
    assert.deepEqual([attempts, statusCode], [attemptsSeen.length, attemptsSeen.at(-1)?.status]);
  }
  assert.deepEqual(
    [lastResponse?.sequence, lastResponse?.attempt, lastResponse?.statusCode],
    [last?.sequence, last?.attempt, last?.status],
  );
  const recent = async () => (await shownEndpoint(stage.namespace, endpoint)).status?.recentDeliveries ?? [];
  await until(
    async () => (await recent()).length === seen.length,
    'the endpoint shows every attempt',
    60_000,
  );
  assert.deepEqual(
    (await recent()).toReversed().map((one) => [one.eventId, one.attempt, one.response.statusCode]),
    seen.map(({ id, attempt, status: answered }) => [id, attempt, answered]),
  );
}

/**
 * Runs a trial with an analysis of its own, three times at most until it holds: of an answer that leaves half a second,
 * a busy machine may take that half second itself. A timeout that is really shorter fails every trial.
 */
export async function inTime(trial: (analysis: string) => Promise<void>): Promise<void> {
  for (const analysis of ['run-1', 'run-2'])
    try {
      return await trial(analysis);
    } catch (error) {
      if (!(error instanceof assert.AssertionError)) throw error;
    }
  await trial('run-3');
}
