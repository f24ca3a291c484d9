// What Prometheus and Grafana get: every alert and panel is about metrics that the operator has, and the monitors find it.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { repository } from '../../tools/control-plane/paths.ts';
import { chartRules } from '../cluster/alerts/rules.ts';
import { dashboard, queries } from '../cluster/dashboard/panels.ts';
import { newNamespace } from '../support/cluster.ts';
import { sharedControlPlane } from '../support/control-plane.ts';
import { startJournal } from '../support/journal.ts';
import { startOperator } from '../support/operator.ts';
import { openScene } from '../support/scene.ts';
import { find, type Manifest, podOf, render } from './render.ts';

const enabled = ['--set', 'metrics.prometheusRule.enabled=true,metrics.dashboard.enabled=true'];

test('alerts and panels name metrics and labels that the operator has', async (t) => {
  const namespace = await newNamespace(t);
  const scene = await openScene(t, await startJournal(t), namespace);
  const operator = await startOperator(t, {
    kubeconfig: sharedControlPlane().operatorKubeconfig,
    namespaces: [namespace],
  });
  await scene.endpoint('partner');
  await scene.analysis('run');
  await scene.report('run', { phase: 'Success' });
  await scene.settled('run');
  const metrics = parseMetrics(await (await fetch(operator.metricsUrl)).text());
  const expressions = [
    ...(await chartRules('default')).map(({ alert, expr }) => [alert, expr] as const),
    ...queries().map(({ title, expr }) => [title, expr] as const),
  ];
  assert.ok(expressions.length > 30);

  for (const [title, expression] of expressions) {
    const selectors = [...expression.matchAll(/\b((?:heliograph|nodejs|process)_\w+)(?:\{([^}]*)\})?/g)];
    assert.ok(selectors.length > 0, title);
    const samples = selectors.map(([, name = '', matchers = '']) => {
      const found = metrics.get(name);
      assert.ok(found !== undefined, `${title}: there is no ${name}`);
      for (const [, label = '', values = ''] of matchers.matchAll(/(\w+)(?:!=|=~?)"([^"]*)"/g))
        if (!ofPrometheus.has(label))
          for (const value of values.split('|'))
            assert.ok(found.includes(`${label}="${value}"`), `${title}: ${name} has no ${label} ${value}`);
      return found;
    });
    for (const [, labels = ''] of expression.matchAll(/ by \(([^)]*)\)/g))
      for (const label of labels.split(', '))
        assert.ok(
          ofPrometheus.has(label) || samples.every((found) => found.includes(`${label}="`)),
          `${title}: there is no label ${label}`,
        );
  }
});

/** Labels that it puts on all that it scrapes. */
const ofPrometheus = new Set(['namespace', 'job', 'pod', 'container']);

/** The samples of each name. */
function parseMetrics(exposition: string): ReadonlyMap<string, string> {
  const samples = exposition.split('\n').filter((line) => /^\w/.test(line));
  const byName = Map.groupBy(samples, (line) => /^\w+/.exec(line)?.[0] ?? '');
  return new Map([...byName].map(([name, lines]) => [name, lines.join('\n')]));
}

test('alerts say how bad it is, what it is, and where to read what to do', async () => {
  const operations = readFileSync(join(repository, 'docs/operations.md'), 'utf8');
  for (const { alert, labels, annotations } of await chartRules('default')) {
    assert.match(alert, /^Heliograph[A-Z]/);
    assert.match(labels['severity'] ?? '', /^(warning|critical)$/);
    assert.match(annotations.summary, /\.$/);
    assert.match(annotations.description, /\.$/);
    assert.ok(annotations.runbook_url.endsWith(`/docs/operations.md#${alert.toLowerCase()}`));
    assert.match(operations, new RegExp(`^### ${alert}$`, 'm'));
  }
});

test('the dashboard is in its ConfigMap as it is in the file', async () => {
  const { data } = find(await render(enabled), 'ConfigMap') as unknown as { data: Record<string, string> };

  assert.deepEqual(JSON.parse(data['heliograph.json'] ?? ''), dashboard());
});

interface Monitor {
  spec: {
    selector: { matchLabels: Record<string, string> };
    endpoints?: { port: string }[];
    podMetricsEndpoints?: { port: string }[];
  };
}

test('the ServiceMonitor finds the Service, and no other, and the Service the pods', async () => {
  const manifests = await render(['--set', 'metrics.monitor.kind=ServiceMonitor']);
  const { spec } = find(manifests, 'ServiceMonitor') as unknown as Monitor;
  const service = find(manifests, 'Service');
  const { selector, ports } = service['spec'] as {
    selector: Record<string, string>;
    ports: { name: string; targetPort: string }[];
  };
  const pod = podOf(find(manifests, 'Deployment'));

  assert.ok(isSelected(service, spec.selector.matchLabels));
  assert.ok(isSelected(pod, selector));
  assert.ok(!isSelected(find(manifests, 'Pod'), selector), 'the pod of helm test is no operator');
  assert.deepEqual(
    spec.endpoints?.map(({ port }) => port),
    ports.map(({ name }) => name),
  );
  assert.ok(portsOf(pod).includes(ports[0]?.targetPort ?? ''));
});

test('the PodMonitor finds the pods', async () => {
  const manifests = await render(['--set', 'metrics.monitor.kind=PodMonitor']);
  const { spec } = find(manifests, 'PodMonitor') as unknown as Monitor;
  const pod = podOf(find(manifests, 'Deployment'));

  assert.ok(isSelected(pod, spec.selector.matchLabels));
  assert.ok(portsOf(pod).includes(spec.podMetricsEndpoints?.[0]?.port ?? ''));
});

function isSelected(
  { metadata: { labels = {} } }: Manifest,
  selector: Readonly<Record<string, string>>,
): boolean {
  return Object.entries(selector).every(([label, value]) => labels[label] === value);
}

function portsOf(pod: Manifest): string[] {
  const { containers } = pod['spec'] as { containers: { ports: { name: string }[] }[] };
  return containers.flatMap(({ ports }) => ports.map(({ name }) => name));
}

test('helm test passes where the operator tells its metrics, and fails where something else answers', async (t) => {
  const { spec } = find(await render(), 'Pod') as unknown as {
    spec: { containers: [{ command: [string, string, string] }] };
  };
  const [, flag, script] = spec.containers[0].command;
  const operator = await startOperator(t, {
    kubeconfig: sharedControlPlane().operatorKubeconfig,
    namespaces: [await newNamespace(t)],
  });
  const run = async (url: string) => {
    const there = script.replace('http://heliograph-metrics:8080/metrics', url);
    const child = spawn(process.execPath, [flag, there], { stdio: ['ignore', 'pipe', 'pipe'] });
    const exit = once(child, 'exit');
    const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
    const [code] = (await exit) as [number | null];
    return { code, stdout, stderr };
  };

  const passed = await run(operator.metricsUrl);
  const failed = await run(`${operator.healthUrl}/metrics`);

  assert.equal(passed.code, 0, passed.stderr);
  assert.match(passed.stdout, /^heliograph_build_info\{version="/);
  assert.equal(failed.code, 1);
  assert.match(failed.stderr, /no metrics of Heliograph: HTTP 404/);
});
