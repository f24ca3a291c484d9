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
import { refusal } from '../support/refusal.ts';

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
    recordResponseBody: 'Always',
    delivery: {
      timeoutSeconds: 10,
      maxAttempts: 15,
      initialBackoffSeconds: 5,
      maxBackoffSeconds: 3600,
      maxAgeSeconds: 86_400,
      successStatus: 'Any2xx',
      ordering: 'InOrder',
      progress: 'EveryMilestone',
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
  const lines = [
    'The WebhookEndpoint "a" is invalid: ',
    '* spec.url: Invalid value: "https://me@example.com/#top": must have no fragment: remove the # and what follows',
    '* spec.url: Invalid value: "https://me@example.com/#top": must have no user name or password in front of the host',
    '',
  ];
  assert.equal(refusal(stderr), refusal(lines.join('\n')));
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

test('kubectl refuses a reference to another namespace', async (t) => {
  const namespace = await newNamespace(t);
  const ref = { name: 'a', namespace: 'other', key: 'b' };
  const specs = [
    { urlFrom: { secretKeyRef: ref } },
    { url, headers: [{ name: 'X-Api-Key', valueFrom: { secretKeyRef: ref } }] },
    { url, signing: { secretRefs: [ref] } },
    {
      url,
      tls: { caRef: { kind: 'Secret', ...ref }, clientCertificateRef: { name: 'a', namespace: 'other' } },
    },
  ];

  const results = await Promise.all(
    specs.map((spec) =>
      kubectl(['apply', '-f', '-'], { input: manifest(endpointType, namespace, 'a', { spec }) }),
    ),
  );

  assert.deepEqual(
    results.map(({ stderr }) => stderr.replace(/^.*strict decoding error: /, '')),
    [
      'unknown field "spec.urlFrom.secretKeyRef.namespace"\n',
      'unknown field "spec.headers[0].valueFrom.secretKeyRef.namespace"\n',
      'unknown field "spec.signing.secretRefs[0].namespace"\n',
      'unknown field "spec.tls.caRef.namespace", unknown field "spec.tls.clientCertificateRef.namespace"\n',
    ],
  );
  assert.ok(results.every(({ code }) => code === 1));
});

test('kubectl knows no way to switch verification off', async (t) => {
  const namespace = await newNamespace(t);
  const input = manifest(endpointType, namespace, 'a', { spec: { url, tls: { insecureSkipVerify: true } } });

  const { code, stderr } = await kubectl(['apply', '-f', '-'], { input });

  assert.equal(code, 1);
  assert.match(stderr, /strict decoding error: unknown field "spec\.tls\.insecureSkipVerify"\n$/);
});

test('kubectl shows a manifest that says everything as it was written', async (t) => {
  const namespace = await newNamespace(t);
  const spec = {
    urlFrom: { secretKeyRef: { name: 'receiver', key: 'url' } },
    description: 'the video portal',
    enabled: false,
    analyses: 'All',
    analysisSelector: { matchLabels: { app: 'video' } },
    events: ['video.process_succeeded', 'analysis.failed'],
    eventTypeNames: { 'analysis.completed': 'video.process_succeeded', 'webhook.ping': 'ping' },
    format: 'Envelope',
    envelope: { companyId: 'acme' },
    userAgent: 'AI-on-the-ball',
    headers: [
      { name: 'X-Tenant', value: 'acme' },
      { name: 'Authorization', valueFrom: { secretKeyRef: { name: 'receiver', key: 'authorization' } } },
    ],
    signing: {
      secretRefs: [
        { name: 'signing', key: 'new' },
        { name: 'signing', key: 'old' },
      ],
    },
    tls: {
      caRef: { kind: 'ConfigMap', name: 'private-ca', key: 'ca.crt' },
      clientCertificateRef: { name: 'client' },
    },
    recordResponseBody: 'OnFailure',
    delivery: {
      timeoutSeconds: 5,
      maxAttempts: 6,
      initialBackoffSeconds: 1,
      maxBackoffSeconds: 60,
      maxAgeSeconds: 3600,
      successStatus: 'Only200',
      ordering: 'Unordered',
      progress: 'LatestOnly',
      maxConcurrent: 1,
      maxPerSecond: 1,
    },
  };

  const input = manifest(endpointType, namespace, 'a', { spec });
  const { stderr } = await kubectl(['apply', '-f', '-'], { input });
  const shown = await kubectl(['get', 'whe/a', '-n', namespace, '-o', 'yaml']);

  assert.equal(stderr, '');
  assert.deepEqual((parse(shown.stdout) as { spec: object }).spec, spec);
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
