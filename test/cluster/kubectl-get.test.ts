// What people see who look with kubectl: columns, short names, selectors.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { objectPath } from '../../src/kube/paths.ts';
import {
  analysisType,
  applyAnalysis,
  applyEndpoint,
  endpointType,
  newNamespace,
  operatorClient,
  patchStatus,
} from '../support/cluster.ts';
import { kubectl } from '../support/kubectl.ts';
import { ledger } from './manifests/operator-status.ts';

const url = 'https://example.com/hooks';

test('kubectl get answers how far an analysis is and who was told', async (t) => {
  const namespace = await newNamespace(t);
  await applyAnalysis(namespace, 'a');
  await patchStatus(namespace, 'a', { phase: 'Success', percentage: 100 });
  await operatorClient().patchMerge(objectPath(analysisType, namespace, 'a', 'status'), {
    status: {
      delivery: { ...ledger, state: 'Settled', lastSequence: 11, lastStatusCode: 204 },
      conditions: [condition('Notified', 'True', 'Delivered', 'everybody knows')],
    },
  });

  const [narrow, wide] = await Promise.all([table('analyses', namespace), table('anl', namespace, true)]);

  const columns = {
    NAME: 'a',
    PHASE: 'Success',
    PERCENTAGE: '100',
    SEQUENCE: '11',
    DELIVERY: 'Settled',
    'LAST STATUS': '204',
  };
  assert.deepEqual(narrow, columns);
  assert.deepEqual(wide, { ...columns, NOTIFIED: 'True', REASON: 'Delivered', MESSAGE: 'everybody knows' });
});

test('kubectl get answers how an endpoint is doing', async (t) => {
  const namespace = await newNamespace(t);
  await applyEndpoint(namespace, 'a', { url });
  await operatorClient().patchMerge(objectPath(endpointType, namespace, 'a', 'status'), {
    status: {
      host: 'example.com',
      deliveredCount: 7,
      failedCount: 2,
      pendingCount: 1,
      conditions: [
        condition('Ready', 'True', 'Accepted', 'fine'),
        condition('Delivering', 'False', 'Retrying', 'trying'),
      ],
      lastDelivery: {
        eventId: 'e-1',
        type: 'analysis.started',
        analysis: 'a',
        sequence: 1,
        attempt: 1,
        time: '2026-11-24T21:38:20Z',
        durationMilliseconds: 12,
        response: { statusCode: 503, message: 'no' },
      },
    },
  });

  const [narrow, wide] = await Promise.all([
    table('webhookendpoints', namespace),
    table('whe', namespace, true),
  ]);

  const columns = {
    NAME: 'a',
    ENABLED: 'true',
    READY: 'True',
    DELIVERING: 'Retrying',
    DELIVERED: '7',
    FAILED: '2',
    'LAST STATUS': '503',
  };
  assert.deepEqual(narrow, columns);
  assert.deepEqual(wide, { ...columns, PENDING: '1', HOST: 'example.com', MESSAGE: 'fine' });
});

test('kubectl get heliograph shows both kinds', async (t) => {
  const namespace = await newNamespace(t);
  await applyAnalysis(namespace, 'a');
  await applyEndpoint(namespace, 'b', { url });

  const { stdout } = await kubectl(['get', 'heliograph', '-n', namespace, '-o', 'name']);

  assert.deepEqual(stdout.trim().split('\n'), [
    'analysis.heliograph.dev/a',
    'webhookendpoint.heliograph.dev/b',
  ]);
});

test('kubectl selects by phase, state of the ledger, id, format and whether an endpoint is enabled', async (t) => {
  const namespace = await newNamespace(t);
  await applyAnalysis(namespace, 'idle', { analysisId: 'run-7' });
  await applyAnalysis(namespace, 'busy');
  await patchStatus(namespace, 'busy', { phase: 'Analyzing' });
  await operatorClient().patchMerge(objectPath(analysisType, namespace, 'busy', 'status'), {
    status: { delivery: ledger },
  });
  await applyEndpoint(namespace, 'on', { url });
  await applyEndpoint(namespace, 'off', { url, enabled: false });
  const select = async (resource: string, selector: string) => {
    const { stdout, stderr } = await kubectl([
      'get',
      resource,
      '-n',
      namespace,
      '-o',
      'name',
      `--field-selector=${selector}`,
    ]);
    assert.equal(stderr, '');
    return stdout.trim().split('\n');
  };

  const selected = await Promise.all([
    select('analyses', 'status.phase=Analyzing'),
    select('analyses', 'status.delivery.state=Active'),
    select('analyses', 'status.delivery.state!=Active'),
    select('analyses', 'spec.analysisId=run-7'),
    select('webhookendpoints', 'spec.enabled=false'),
    select('webhookendpoints', 'spec.enabled=true,spec.format=Milestone'),
  ]);

  assert.deepEqual(selected, [
    ['analysis.heliograph.dev/busy'],
    ['analysis.heliograph.dev/busy'],
    ['analysis.heliograph.dev/idle'],
    ['analysis.heliograph.dev/idle'],
    ['webhookendpoint.heliograph.dev/off'],
    ['webhookendpoint.heliograph.dev/on'],
  ]);
});

/** The one object that there is, by column; without its age. */
async function table(resource: string, namespace: string, wide = false): Promise<Record<string, string>> {
  const { stdout } = await kubectl(['get', resource, '-n', namespace, ...(wide ? ['-o', 'wide'] : [])]);
  const [heads = [], cells = []] = stdout.split('\n').map((line) => line.split(/\s{2,}/));
  const { AGE: age, ...rest } = Object.fromEntries(heads.map((head, index) => [head, cells[index] ?? '']));
  assert.match(age ?? '', /^\d+s$/);
  return rest;
}

function condition(type: string, status: string, reason: string, message: string): object {
  return { type, status, reason, message, lastTransitionTime: '2026-11-24T21:38:20Z' };
}
