// What people see who write manifests with kubectl: defaults, typing errors, the manual.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'yaml';
import {
  adminClient,
  analysisType,
  applyAnalysis,
  endpointType,
  manifest,
  newNamespace,
} from '../support/cluster.ts';
import { kubectl } from '../support/kubectl.ts';

const url = 'https://example.com/hooks';

test('kubectl shows the defaults of the smallest manifests', async (t) => {
  const namespace = await newNamespace(t);
  const endpoint = manifest(endpointType, namespace, 'a', { spec: { url } });
  const analysis = manifest(analysisType, namespace, 'a');
  const input = `${JSON.stringify(endpoint)}\n---\n${JSON.stringify(analysis)}`;

  const applied = await kubectl(['apply', '-f', '-'], { input });
  const shown = await kubectl(['get', 'webhookendpoint/a', 'analysis/a', '-n', namespace, '-o', 'yaml']);

  assert.deepEqual(applied, {
    code: 0,
    stdout: 'webhookendpoint.heliograph.dev/a created\nanalysis.heliograph.dev/a created\n',
    stderr: '',
  });
  const { items } = parse(shown.stdout) as { items: { spec: object; status: object }[] };
  assert.deepEqual(items[0]?.spec, {
    url,
    enabled: true,
    analyses: 'OptedIn',
    events: ['analysis.*'],
    format: 'Milestone',
    delivery: {
      timeoutSeconds: 10,
      maxAttempts: 15,
      initialBackoffSeconds: 5,
      maxBackoffSeconds: 3600,
      maxAgeSeconds: 86_400,
      maxConcurrent: 10,
    },
  });
  assert.deepEqual(items[0]?.status, { observedGeneration: -1 });
  assert.deepEqual(items[1]?.spec, { notifyViaWebhook: false });
  assert.deepEqual(items[1]?.status, {});
});

test('kubectl applies the same manifest again without a change', async (t) => {
  const namespace = await newNamespace(t);
  const input = manifest(endpointType, namespace, 'a', { spec: { url, events: ['analysis.failed'] } });

  await kubectl(['apply', '-f', '-'], { input });
  const again = await kubectl(['apply', '-f', '-'], { input });

  assert.deepEqual(again, { code: 0, stdout: 'webhookendpoint.heliograph.dev/a unchanged\n', stderr: '' });
});

test('kubectl lists everything that is wrong with a manifest, a line each', async (t) => {
  const namespace = await newNamespace(t);
  const input = manifest(endpointType, namespace, 'a', { spec: { url: 'https://me@example.com/#top' } });

  const { code, stderr } = await kubectl(['apply', '-f', '-'], { input });

  assert.equal(code, 1);
  assert.deepEqual(stderr.split('\n'), [
    'The WebhookEndpoint "a" is invalid: ',
    '* spec.url: Invalid value: "https://me@example.com/#top": must have no fragment: remove the # and what follows',
    '* spec.url: Invalid value: "https://me@example.com/#top": must have no user name or password in front of the host',
    '',
  ]);
});

test('kubectl refuses a misspelt field by its path', async (t) => {
  const namespace = await newNamespace(t);
  const misspelt = [
    manifest(endpointType, namespace, 'a', { spec: { url, event: [], delivery: { timeout: 5 } } }),
    manifest(endpointType, namespace, 'b', { spec: { url, analysisSelector: { app: 'a' } } }),
    manifest(analysisType, namespace, 'c', { spec: { notifyviawebhook: true } }),
  ];

  const results = await Promise.all(misspelt.map((input) => kubectl(['apply', '-f', '-'], { input })));

  assert.deepEqual(
    results.map(({ stderr }) => stderr.replace(/^.*strict decoding error: /, '')),
    [
      'unknown field "spec.delivery.timeout", unknown field "spec.event"\n',
      'unknown field "spec.analysisSelector.app"\n',
      'unknown field "spec.notifyviawebhook"\n',
    ],
  );
  assert.ok(results.every(({ code }) => code === 1));
});

test('kubectl warns of a misspelt field of a status', async (t) => {
  const namespace = await newNamespace(t);
  await applyAnalysis(namespace, 'a');

  const { stderr } = await kubectl([
    'patch',
    'analysis/a',
    '-n',
    namespace,
    '--subresource=status',
    '--type=merge',
    '--patch={"status":{"percent":10}}',
  ]);

  assert.equal(stderr, 'Warning: unknown field "status.percent"\n');
});

test('kubectl explain tells what every field is for', async () => {
  const document = await adminClient().get<{ components: { schemas: Record<string, Schema> } }>(
    '/openapi/v3/apis/heliograph.dev/v1alpha1',
  );
  const { schemas } = document.components;

  for (const kind of ['WebhookEndpoint', 'Analysis']) {
    const { spec, status } = schemas[`dev.heliograph.v1alpha1.${kind}`]?.properties ?? {};
    assert.deepEqual([...undescribed(`${kind}.spec`, spec), ...undescribed(`${kind}.status`, status)], []);
  }
  const { stdout } = await kubectl(['explain', 'whe.spec.delivery.timeoutSeconds']);
  assert.match(stdout.replaceAll(/\s+/g, ' '), /Seconds an attempt may take in all: connecting, request/);
});

interface Schema {
  description?: string;
  properties?: Record<string, Schema>;
  items?: Schema;
}

/** The fields without a description, or with one that kubectl or a template engine would garble. */
function undescribed(path: string, schema: Schema | undefined): string[] {
  const { description = '', properties = {}, items } = schema ?? {};
  return [
    ...(description === '' || description.includes('${') ? [path] : []),
    ...Object.entries({ ...properties, ...items?.properties }).flatMap(([name, one]) =>
      undescribed(`${path}.${name}`, one),
    ),
  ];
}
