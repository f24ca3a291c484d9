// Heliograph as a platform team meets it: the chart on a real node, with a receiver and workers in pods.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Webhook } from 'standardwebhooks';
import { parse } from 'yaml';
import { repository } from '../../tools/control-plane/paths.ts';
import { applyEndpoint, getAnalysis, getEndpoint, patchStatus } from '../support/cluster.ts';
import { exampleSecret } from '../support/example-receiver.ts';
import { chart, helm } from '../support/helm.ts';
import type { Receipt } from '../support/journal.ts';
import { temporaryFolder } from '../support/launcher.ts';
import { conditionOf, ledgerOf, wholeStory } from '../support/scene.ts';
import { until } from '../support/until.ts';
import { startCluster, stopCluster } from './cluster.ts';
import { settled, whileInFlight } from './in-flight.ts';
import { inventory } from './inventory.ts';
import { deployReceiver, kubectlIn, type PodReceiver } from './receiver.ts';

const home = 'heliograph-system';
const team = 'team-a';
const example = 'examples/milestone/';

test('a release on a real node', async (t) => {
  const cluster = await startCluster(temporaryFolder(t));
  t.after(() => stopCluster(cluster));
  for (const namespace of [home, team, 'team-b', 'team-c']) await createRestricted(namespace);
  const before = await inventory(home);
  const receiver = await deployReceiver(team, 'receiver');

  await t.test(
    'is ready when helm install --wait returns, where the restricted standard is enforced',
    async () => {
      await release('install', chart, '--wait', '--timeout=60s');
      const ready = ['get', 'pods', '--output=jsonpath={..conditions[?(@.type=="Ready")].status}'];
      assert.equal(await kubectlIn(home, ready), 'True');
    },
  );
  await t.test('refuses plain http to a receiver, until a value allows it', async () => {
    await kubectlIn(team, [
      'apply',
      '--filename',
      `${example}secret.yaml`,
      '--filename',
      `${example}analyses.yaml`,
    ]);
    const { spec } = parse(readFileSync(join(repository, example, 'endpoint.yaml'), 'utf8'));
    await applyEndpoint(team, 'ochy', { ...spec, url: receiver.url('/ochy') });
    assert.match(await untilReadyIs('False'), /^Plain http is not allowed/);
    await upgrade('egress.allowHTTP=true');
    assert.equal(await untilReadyIs('True'), 'The spec is accepted.');
  });
  await t.test('refuses an address in the cluster, until a value allows it', async () => {
    await patchStatus(team, 'jumping-run', { phase: 'Analyzing', percentage: 30 });
    const [, network] = /add (\S+) to --egress-allowed-cidrs/.exec(await untilReadyIs('False')) ?? [];
    assert.deepEqual(await receiver.receipts(), []);
    await upgrade(`egress.allowedCIDRs={${network}}`);
    assert.equal(await untilReadyIs('True'), 'The spec is accepted.');
  });
  await t.test("delivers what a worker's Job reports with the role of the chart", async () => {
    const account = `--serviceaccount=${team}:analysis-worker`;
    await kubectlIn(team, ['create', 'serviceaccount', 'analysis-worker']);
    await kubectlIn(team, ['create', 'rolebinding', 'workers', '--clusterrole=heliograph-worker', account]);
    await kubectlIn(team, ['apply', '--filename', `${example}worker-job.yaml`]);
    await kubectlIn(team, ['wait', '--for=condition=complete', 'job/steady-run-worker', '--timeout=60s']);
    const { phase, percentage } = (await settled(team, 'steady-run')).status;
    assert.deepEqual({ phase, percentage }, { phase: 'Success', percentage: 100 });
    const receipts = await receiptsOf(receiver, 'steady-run');
    assert.deepEqual(receipts.map(tell), wholeStory);
    const check = new Webhook(exampleSecret(example));
    for (const { text, headers } of receipts) check.verify(text, headers as Record<string, string>);
  });
  await t.test('records what the receiver has answered', async () => {
    const { deliveries, lastResponse } = ledgerOf(await getAnalysis(team, 'steady-run'))?.endpoints[0] ?? {};
    assert.deepEqual(new Set(deliveries?.map(({ state }) => state)), new Set(['Delivered']));
    assert.equal(lastResponse?.status, '200 OK');
    assert.equal(lastResponse?.body, 'webhook received\n');
    const recent = async () => (await getEndpoint(team, 'ochy')).status?.recentDeliveries ?? [];
    const isDone = async () =>
      (await recent()).some(({ sequence, response }) => sequence === 11 && response?.statusCode === 200);
    await until(isDone, 'the endpoint tells it, too');
  });
  await t.test('passes helm test', async () => {
    assert.match(await release('test'), /^Phase: +Succeeded$/m);
  });
  await t.test('loses nothing by helm upgrade while analyses are in flight', async (t) => {
    await upgrade('egress.allowedCIDRs={10.0.0.0/24}');
    const pods = (await kubectlIn(home, ['get', 'pods', '--output=name'])).trim().split('\n');
    const repeats = await whileInFlight('team-b', async () => {
      await release('upgrade', chart, '--reuse-values', '--set', 'podAnnotations.upgraded=again');
      await kubectlIn(home, ['wait', '--for=delete', ...pods, '--timeout=60s']);
    });
    t.diagnostic(`${repeats} requests came again`);
  });
  await t.test('loses nothing when its pod is deleted while analyses are in flight', async (t) => {
    const repeats = await whileInFlight('team-c', () =>
      kubectlIn(home, ['delete', 'pods', '--all', '--wait']),
    );
    t.diagnostic(`${repeats} requests came again`);
  });
  await t.test('has sent what it had refused', async () => {
    const wanted = wholeStory.slice(0, 4);
    const isAll = async () => (await receiptsOf(receiver, 'jumping-run')).length >= wanted.length;
    await until(isAll, 'all of it has come', 90_000);
    assert.deepEqual((await receiptsOf(receiver, 'jumping-run')).map(tell), wanted);
  });
  await t.test('leaves nothing but the CRDs and what users made of them when it is uninstalled', async () => {
    await release('uninstall', '--wait', '--timeout=60s');
    const left = (await inventory(home)).filter((name) => !before.includes(name));
    assert.deepEqual(left, [
      'apiservice.apiregistration.k8s.io/v1alpha1.heliograph.dev',
      'customresourcedefinition.apiextensions.k8s.io/analyses.heliograph.dev',
      'customresourcedefinition.apiextensions.k8s.io/webhookendpoints.heliograph.dev',
    ]);
    assert.equal((await getAnalysis(team, 'steady-run')).status.percentage, 100);
  });
});

async function receiptsOf(receiver: PodReceiver, analysisId: string): Promise<Receipt[]> {
  return (await receiver.receipts()).filter(({ body }) => body.analysis_id === analysisId);
}

function tell({ body }: Receipt): string {
  return `${body.sequence} ${body.event_type} ${body.status} ${body.percentage}`;
}

/** The message of the endpoint's condition Ready, once that is so. */
async function untilReadyIs(status: string): Promise<string> {
  await until(async () => (await ready())?.status === status, `Ready is ${status}`, 60_000);
  return (await ready())?.message ?? '';
}

async function ready() {
  return conditionOf(await getEndpoint(team, 'ochy'), 'Ready');
}

async function upgrade(value: string): Promise<void> {
  await release('upgrade', chart, '--reuse-values', '--set', value, '--wait', '--timeout=60s');
}

async function release(command: string, ...parameters: readonly string[]): Promise<string> {
  return await helm([command, 'heliograph', ...parameters, '--namespace', home]);
}

async function createRestricted(name: string): Promise<void> {
  await kubectlIn(name, ['create', 'namespace', name]);
  await kubectlIn(name, ['label', 'namespace', name, 'pod-security.kubernetes.io/enforce=restricted']);
}
