// The conditions of a WebhookEndpoint, as people read them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { WebhookEndpointStatus } from '../../../src/api/webhook-endpoint.ts';
import { type Deliveries, endpointStatus } from '../../../src/controllers/endpoint-status.ts';
import { parseEndpoint } from '../../../src/controllers/resources.ts';
import type { Problem } from '../../../src/controllers/targets.ts';
import { timeAt } from '../events/samples.ts';

interface Case {
  spec?: object;
  /** As stored. */
  status?: WebhookEndpointStatus;
  owedCount?: number;
  problem?: Problem;
  now?: string;
}

const egress = { allowedCidrs: [], allowHttp: false };

const deliveries: Deliveries = {
  health: {
    deliveredCount: 0,
    failedCount: 0,
    failures: 0,
    recentDeliveries: [],
    nextAttemptTime: undefined,
    goneGeneration: undefined,
    denied: undefined,
  },
  owedCount: 0,
  earlier: undefined,
  lastHandledPing: undefined,
  nextProbeTime: undefined,
};

function statusOf({ spec, status, owedCount = 0, problem, now = timeAt(100) }: Case): WebhookEndpointStatus {
  const observed = parseEndpoint({
    metadata: {
      namespace: 'team-a',
      name: 'partner',
      uid: 'uid-of-partner',
      resourceVersion: '1',
      generation: 2,
      creationTimestamp: timeAt(0),
    },
    spec: { url: 'https://example.com/hook', ...spec },
    status,
  });
  return endpointStatus(observed, { ...deliveries, owedCount }, { egress, now, problem });
}

/** Of each condition its status, reason and message. */
function says({ conditions = [] }: WebhookEndpointStatus): Record<string, string> {
  return Object.fromEntries(
    conditions.map(({ type, status, reason, message }) => [type, `${status} ${reason}: ${message}`]),
  );
}

const missing = { reason: 'SecretNotFound', message: 'Secret keys does not exist' } as const;

test('what waits for a Secret is not on its way', () => {
  assert.deepEqual(says(statusOf({ problem: missing, owedCount: 11 })), {
    Ready:
      'False SecretNotFound: Secret keys does not exist. Deliveries wait; it is looked at again within a minute.',
    Delivering: 'False NotReady: Nothing is sent while Ready is False; 11 events are owed.',
  });
});

test('a refused URL says what an administrator can add, and that nothing is sent', () => {
  const { Ready, Delivering } = says(statusOf({ spec: { url: 'https://10.1.2.3/hook' }, owedCount: 1 }));
  assert.match(Ready ?? '', /^False EgressDenied: The address .* add 10\.1\.2\.3\/32/);
  assert.equal(Delivering, 'False NotReady: Nothing is sent while Ready is False; 1 event is owed.');
});

test('an endpoint that is switched off says what happens to what it is owed, and nothing of a Secret', () => {
  const spec = { enabled: false };
  assert.equal(
    says(statusOf({ spec, problem: missing, owedCount: 9 }))['Delivering'],
    'False Disabled: spec.enabled is false, so nothing is sent; 9 events are owed and kept until it is true again, ' +
      'or until spec.delivery.maxAgeSeconds is over.',
  );
  assert.equal(
    says(statusOf({ spec }))['Delivering'],
    'False Disabled: spec.enabled is false, so nothing is sent; nothing is owed.',
  );
});

test('a spec that cannot be read is told of once, and its status stays as it is', () => {
  const spec = { format: 'Odd' };
  const accepted = statusOf({});
  const first = statusOf({ spec, status: accepted, owedCount: 2, now: timeAt(200) });
  const { Ready, Delivering } = says(first);
  assert.match(Ready ?? '', /^False InvalidSpec: The spec cannot be read: spec\.format: Invalid option/);
  assert.equal(Delivering, 'False NotReady: Nothing is sent while Ready is False; 2 events are owed.');
  assert.equal(first.updatedTime, accepted.updatedTime);
  assert.deepEqual(statusOf({ spec, status: first, owedCount: 2, now: timeAt(300) }), first);
});
