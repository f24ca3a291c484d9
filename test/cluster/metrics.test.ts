// docs/metrics.md tells what the operator's metrics are: it has all of them, with all values that labels may have, also
// after tenants and receivers have done their worst.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { repository } from '../../tools/control-plane/paths.ts';
import { createCertificate } from '../support/certificates.ts';
import { newNamespace } from '../support/cluster.ts';
import { sharedControlPlane } from '../support/control-plane.ts';
import { startJournal } from '../support/journal.ts';
import { startOperator } from '../support/operator.ts';
import { startReceiver } from '../support/receiver.ts';
import { openScene, type Scene } from '../support/scene.ts';
import { answersRows } from '../unit/delivery/hostile/answers.ts';
import { startHostileReceiver } from '../unit/delivery/hostile/stage.ts';
import { chartRules } from './alerts/rules.ts';

const page = readFileSync(join(repository, 'docs/metrics.md'), 'utf8');

type Values = ReadonlySet<string>;

interface Metric {
  type: string;
  labels: ReadonlyMap<string, Values>;
}

test('every label has documented values, whatever tenants and receivers do', async (t) => {
  const namespace = await newNamespace(t);
  const operator = await startOperator(t, {
    kubeconfig: sharedControlPlane().operatorKubeconfig,
    namespaces: [namespace],
    flags: ['--egress-allowed-cidrs=127.0.0.1/32'],
  });
  const scene = await openScene(t, await startJournal(t), namespace);
  const receivers = [...(await eachOutcome(t)), ...(await hostileReceivers(t))];
  for (const [index, url] of receivers.entries()) await addEndpoint(scene, `receiver-${index}`, url);
  await scene.analysis('x'.repeat(253));
  await scene.report('x'.repeat(253), { phase: 'Failed' });
  await scene.settled('x'.repeat(253), 60_000);
  const live = parseExposition(await (await fetch(operator.metricsUrl)).text());

  assert.deepEqual(ours(live), ours(documented()));
  const attempts = (outcome: string) => operator.metric('heliograph_delivery_attempts_total', { outcome });
  for (const outcome of labelOf(documented(), 'heliograph_delivery_attempts_total', 'outcome'))
    assert.ok((await attempts(outcome)) > 0, `no attempt was ${outcome}`);
  const series = [...live.values()].flatMap(({ labels }) => [...labels.values()]);
  for (const value of series.flatMap((values) => [...values]))
    assert.doesNotMatch(value, new RegExp(`${namespace}|receiver-|xxx`), 'a label names an object');
  t.diagnostic(`${live.size} metrics after ${receivers.length} receivers`);
});

/** One receiver for each way in which an attempt may end. */
async function eachOutcome(t: TestContext): Promise<string[]> {
  const journal = await startJournal(t, ({ path }) => (path === '/hang' ? 'hang' : Number(path.slice(1))));
  const { port } = await startReceiver(t, () => {}, {
    certificate: createCertificate({ names: ['127.0.0.1'] }),
  });
  return [
    ...['/200', '/500', '/410', '/hang'].map((path) => journal.url(path)),
    'http://127.0.0.1:1/closed',
    'http://127.0.0.2:8443/denied',
    `https://127.0.0.1:${port}/untrusted`,
  ];
}

async function hostileReceivers(t: TestContext): Promise<string[]> {
  const rows = answersRows.filter(({ certificate, zone, times = 1 }) => !certificate && !zone && times === 1);
  const stages = await Promise.all(rows.slice(0, 25).map((row) => startHostileReceiver(t, row)));
  return stages.map(({ port }) => `http://127.0.0.1:${port}/hook`);
}

async function addEndpoint({ endpoint }: Scene, name: string, url: string): Promise<void> {
  const delivery = { timeoutSeconds: 1, maxAttempts: 1 };
  await endpoint(name, { url, delivery, events: ['analysis.failed'] });
}

test('the page has every metric of the process, and every alert with its time', async (t) => {
  const { metricsUrl } = await startOperator(t, {
    kubeconfig: sharedControlPlane().operatorKubeconfig,
    namespaces: [await newNamespace(t)],
  });
  const names = [...parseExposition(await (await fetch(metricsUrl)).text()).keys()];
  assert.ok(names.length > 40);
  assert.deepEqual(
    names.filter((name) => !page.includes(`\`${name}\``)),
    [],
  );
  const alerts = [
    ...page.matchAll(/^\| \[(\w+)\]\((operations\.md#\w+)\) \| (\w+) \| .* \| (?:(\d+) min|at once) \|$/gm),
  ].map(([, ...columns]) => columns);
  const rules = (await chartRules('default')).map(({ alert, annotations, labels, for: time }) => [
    alert,
    annotations.runbook_url.replace(/.*\//, ''),
    labels['severity'],
    time?.replace('m', ''),
  ]);
  assert.deepEqual(alerts, rules);
});

/** As the page tells it. Labels without a list of values are of any. */
function documented(): Map<string, Metric> {
  const rows = [...page.matchAll(/^\| `(heliograph_\w+)` \| (\w+) \|(.*?)\| .* \|$/gm)];
  return new Map(
    rows.map(([, name = '', type = '', cell = '']) => {
      const labels = [...cell.matchAll(/`(\w+)`(?:: ([\w, ]+))?/g)].map(
        ([, label = '', values = '']) => [label, new Set(values.trim().split(', ').filter(Boolean))] as const,
      );
      return [name, { type, labels: new Map(labels) }];
    }),
  );
}

function parseExposition(text: string): Map<string, Metric> {
  const metrics = new Map<string, { type: string; labels: Map<string, Set<string>> }>();
  for (const line of text.split('\n')) {
    const [, declared = '', type = ''] = /^# TYPE (\w+) (\w+)/.exec(line) ?? [];
    if (declared !== '') metrics.set(declared, { type, labels: new Map() });
    const [, name = '', set = ''] = /^(\w+)\{(.*)\} /.exec(line) ?? [];
    const metric = metrics.get(name) ?? metrics.get(name.replace(/_(bucket|sum|count)$/, ''));
    for (const [, label = '', value = ''] of set.matchAll(/(\w+)="([^"]*)"/g))
      if (label !== 'le') metric?.labels.set(label, (metric.labels.get(label) ?? new Set()).add(value));
  }
  return metrics;
}

/** To be compared: in order, and without the values of labels that have any. */
function ours(metrics: ReadonlyMap<string, Metric>) {
  const any = new Set(['version', 'node_version']);
  return [...metrics]
    .filter(([name]) => name.startsWith('heliograph_'))
    .map(([name, { type, labels }]) => ({
      name,
      type,
      labels: [...labels]
        .map(([label, values]) => [label, any.has(label) ? [] : [...values].toSorted()] as const)
        .toSorted(([one], [other]) => (one < other ? -1 : 1)),
    }))
    .toSorted((one, other) => (one.name < other.name ? -1 : 1));
}

function labelOf(metrics: ReadonlyMap<string, Metric>, name: string, label: string): string[] {
  return [...(metrics.get(name)?.labels.get(label) ?? [])];
}
