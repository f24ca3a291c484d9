// Every value of the chart changes what it renders: none is there for nothing.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { repository } from '../../tools/control-plane/paths.ts';
import { readChartValues } from '../../tools/generate/chart-comments.ts';
import { chart } from '../support/helm.ts';
import { renderText } from './render.ts';

/** Another value than the default, and what it takes besides to be looked at. */
type Sample = readonly [value: unknown, ...others: string[]];

const digest = `sha256:${'0'.repeat(64)}`;
const networkPolicy = 'networkPolicy.enabled=true';
const monitor = 'metrics.monitor.kind="PodMonitor"';

const samples: Readonly<Record<string, Sample>> = {
  'image.repository': ['registry.example/heliograph'],
  'image.tag': ['1.2.3'],
  'image.digest': [digest],
  'image.pullPolicy': ['Always'],
  'image.pullSecrets': [[{ name: 'registry' }]],
  replicas: [3],
  shards: [4],
  leaseDurationSeconds: [30],
  nameOverride: ['webhooks'],
  fullnameOverride: ['webhooks'],
  commonLabels: [{ team: 'platform' }],
  watchNamespaces: [['team-a']],
  'egress.allowedCIDRs': [['10.96.12.34/32']],
  'egress.allowHTTP': [true],
  'egress.ports': [[443]],
  logLevel: ['debug'],
  'crds.enabled': [false],
  'crds.keep': [false],
  'rbac.create': [false],
  'serviceAccount.create': [false, 'serviceAccount.name="sender"'],
  'serviceAccount.name': ['sender'],
  'serviceAccount.annotations': [{ 'example.com/identity': 'sender' }],
  'ledgerPolicy.enabled': [false],
  'tenantRoles.create': [false],
  podSecurityContext: [{ runAsUser: 1000 }],
  securityContext: [{ runAsUser: 1000 }],
  resources: [{ requests: { cpu: '1' } }],
  livenessProbe: [{ periodSeconds: 30 }],
  readinessProbe: [{ periodSeconds: 30 }],
  terminationGracePeriodSeconds: [20],
  priorityClassName: ['system-cluster-critical'],
  runtimeClassName: ['gvisor'],
  deploymentAnnotations: [{ 'example.com/reload': 'true' }],
  nodeSelector: [{ 'kubernetes.io/arch': 'arm64' }],
  tolerations: [[{ key: 'dedicated', operator: 'Exists' }]],
  affinity: [{ nodeAffinity: {} }],
  topologySpreadConstraints: [[{ maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'ScheduleAnyway' }]],
  dnsPolicy: ['Default'],
  dnsConfig: [{ nameservers: ['10.96.0.10'] }],
  podLabels: [{ team: 'platform' }],
  podAnnotations: [{ 'example.com/scrape': 'true' }],
  extraArgs: [['--log-level=debug']],
  extraEnv: [[{ name: 'A', value: 'b' }]],
  extraVolumes: [[{ name: 'a', emptyDir: {} }]],
  extraVolumeMounts: [[{ name: 'a', mountPath: '/a' }]],
  'podDisruptionBudget.enabled': [true],
  'networkPolicy.enabled': [true],
  'networkPolicy.metricsFrom': [[{ podSelector: {} }], networkPolicy],
  'networkPolicy.apiServer.cidrs': [['10.0.0.5/32'], networkPolicy],
  'networkPolicy.apiServer.ports': [[8443], networkPolicy],
  'flowControl.enabled': [true],
  'flowControl.nominalConcurrencyShares': [50, 'flowControl.enabled=true'],
  'metrics.service.enabled': [false],
  'metrics.service.annotations': [{ 'example.com/team': 'platform' }],
  'metrics.monitor.kind': ['ServiceMonitor'],
  'metrics.monitor.namespace': ['monitoring', monitor],
  'metrics.monitor.labels': [{ release: 'prometheus' }, monitor],
  'metrics.monitor.interval': ['30s', monitor],
  'metrics.monitor.scrapeTimeout': ['10s', monitor],
  'metrics.monitor.relabelings': [[{ targetLabel: 'a', replacement: 'b' }], monitor],
  'metrics.monitor.metricRelabelings': [[{ action: 'drop', regex: 'a' }], monitor],
  'metrics.prometheusRule.enabled': [true],
  'metrics.prometheusRule.labels': [{ release: 'prometheus' }, 'metrics.prometheusRule.enabled=true'],
  'metrics.prometheusRule.lateAfterSeconds': [60, 'metrics.prometheusRule.enabled=true'],
  'metrics.dashboard.enabled': [true],
  'metrics.dashboard.namespace': ['monitoring', 'metrics.dashboard.enabled=true'],
  'metrics.dashboard.labels': [{ grafana: 'yes' }, 'metrics.dashboard.enabled=true'],
  'metrics.dashboard.annotations': [{ grafana_folder: 'a' }, 'metrics.dashboard.enabled=true'],
  extraObjects: [[{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } }]],
};

test('each value does something', { concurrency: 2 }, async (t) => {
  const values = readChartValues(readFileSync(join(repository, chart, 'values.yaml'), 'utf8'));
  assert.deepEqual(new Set(Object.keys(samples)), new Set(values.map(({ path }) => path)));

  await Promise.all(
    Object.entries(samples).map(([path, [value, ...others]]) =>
      t.test(path, async () => {
        const [before, after] = await Promise.all([
          renderText(jsonFlags(others)),
          renderText(jsonFlags([...others, `${path}=${JSON.stringify(value)}`])),
        ]);

        assert.notEqual(after, before);
      }),
    ),
  );
});

function jsonFlags(values: readonly string[]): string[] {
  return values.flatMap((value) => ['--set-json', value]);
}
