// What the operator may write: the ledger and the conditions of an Analysis, and the status of an endpoint.
import { choice, integer, items, notEmpty, required, type Row, text, time, truth, wrongType } from './row.ts';

const now = '2026-11-24T21:38:20Z';
const most = Number.MAX_SAFE_INTEGER;
const eventTypes = ['analysis.started', 'analysis.progress', 'analysis.completed', 'analysis.failed'];

const event = { sequence: 1, type: 'analysis.started', percentage: 0, phase: 'Analyzing', time: now };
const response = { sequence: 1, attempt: 1, time: now, durationMilliseconds: 12, message: 'ok' };
const delivery = { sequence: 1, state: 'Owed', attempts: 0 };
const subscription = {
  name: 'a',
  uid: '1-2',
  events: ['analysis.*'],
  deliveries: [delivery],
  lastResponse: response,
};

/** The smallest ledger with something in every list. */
export const ledger = {
  state: 'Active',
  revision: 1,
  epoch: 1,
  owner: 'operator-0',
  highestPercentage: 0,
  lastSequence: 1,
  events: [event],
  endpoints: [subscription],
};

const condition = {
  type: 'Notified',
  status: 'True',
  lastTransitionTime: now,
  reason: 'Delivered',
  message: 'all',
};
const path = 'status.delivery';
const first = `${path}.endpoints[0]`;
const base = { status: { delivery: ledger } };
const members = (parent: string, object: object) => Object.keys(object).map((name) => `${parent}.${name}`);

export const analysisStatuses: readonly Row[] = [
  ['the smallest ledger may be written', base],
  ...required(members(path, ledger), base),
  ...choice(`${path}.state`, ['Active', 'Settled'], base),
  ...integer(`${path}.revision`, 1, most, base),
  ...integer(`${path}.epoch`, 1, most, base),
  ...text(`${path}.owner`, 253, base),
  ...integer(`${path}.highestPercentage`, 0, 100, base),
  ...integer(`${path}.lastSequence`, 0, 11, base),
  ...integer(`${path}.lastStatusCode`, 0, 999, base),
  ...text(`${path}.lastHandledRedeliver`, 63, base),
  ...items(`${path}.events`, 11, () => event, base),
  ...required(members(`${path}.events[0]`, event), base),
  ...integer(`${path}.events[0].sequence`, 1, 11, base),
  ...choice(`${path}.events[0].type`, eventTypes, base),
  ...integer(`${path}.events[0].percentage`, 0, 100, base),
  ...choice(`${path}.events[0].phase`, ['Queued', 'Analyzing', 'Aggregating', 'Success', 'Failed'], base),
  ...time(`${path}.events[0].time`, base),
  ...items(`${path}.endpoints`, 32, (index) => ({ ...subscription, name: `e-${index}` }), base),
  ...required(
    ['name', 'uid', 'events', 'deliveries'].map((name) => `${first}.${name}`),
    base,
  ),
  ...text(`${first}.name`, 253, base),
  ...text(`${first}.uid`, 64, base),
  ...items(`${first}.events`, 5, () => 'analysis.*', base),
  ...choice(`${first}.events[0]`, [...eventTypes, 'analysis.*'], base),
  ...items(`${first}.deliveries`, 11, () => delivery, base),
  ...required(members(`${first}.deliveries[0]`, delivery), base),
  ...integer(`${first}.deliveries[0].sequence`, 1, 11, base),
  ...choice(`${first}.deliveries[0].state`, ['Owed', 'Delivered', 'GivenUp', 'Superseded'], base),
  ...integer(`${first}.deliveries[0].attempts`, 0, 1000, base),
  ...time(`${first}.deliveries[0].time`, base),
  ...integer(`${first}.deliveries[0].statusCode`, 0, 999, base),
  ...time(`${first}.deliveries[0].nextAttemptTime`, base),
  ...choice(
    `${first}.deliveries[0].reason`,
    ['MaxAttemptsReached', 'MaxAgeReached', 'EndpointDeleted'],
    base,
  ),
  ...truth(`${first}.deliveries[0].resultOmitted`, base),
  ...required(members(`${first}.lastResponse`, response), base),
  ...integer(`${first}.lastResponse.sequence`, 1, 11, base),
  ...integer(`${first}.lastResponse.attempt`, 1, 1000, base),
  ...time(`${first}.lastResponse.time`, base),
  ...integer(`${first}.lastResponse.durationMilliseconds`, 0, 2_147_483_647, base).slice(0, 3),
  ...integer(`${first}.lastResponse.statusCode`, 0, 999, base),
  ...text(`${first}.lastResponse.status`, 64, base),
  ...text(`${first}.lastResponse.body`, 512, base),
  ...text(`${first}.lastResponse.message`, 256, base),
  ...conditionRows({}),
];

const ping = {
  eventId: 'p-1',
  type: 'webhook.ping',
  attempt: 1,
  time: now,
  durationMilliseconds: 12,
  response: { message: 'ok' },
};
const record = { ...ping, eventId: 'e-1', type: 'analysis.started', analysis: 'a', sequence: 1 };
const last = 'status.lastDelivery';
const recorded = { status: { lastDelivery: record } };

export const endpointStatuses: readonly Row[] = [
  ...integer('status.observedGeneration', -1, most),
  ...conditionRows({}),
  ...text('status.host', 300),
  ...integer('status.deliveredCount', 0, most),
  ...integer('status.failedCount', 0, most),
  ...integer('status.pendingCount', 0, most),
  ...time('status.updatedTime'),
  ...text('status.lastHandledPing', 256),
  [
    'a ping may be recorded, of no analysis',
    { status: { lastDelivery: ping, recentDeliveries: [ping, record] } },
  ],
  ...required(members(last, ping), recorded),
  ...text(`${last}.eventId`, 64, recorded),
  ...text(`${last}.type`, 64, recorded),
  ...text(`${last}.analysis`, 253, recorded),
  ...integer(`${last}.sequence`, 1, 11, recorded),
  ...integer(`${last}.attempt`, 1, 1000, recorded),
  ...time(`${last}.time`, recorded),
  ...integer(`${last}.durationMilliseconds`, 0, 2_147_483_647, recorded).slice(0, 3),
  ...required([`${last}.response.message`], recorded),
  ...integer(`${last}.response.statusCode`, 0, 999, recorded),
  ...text(`${last}.response.status`, 64, recorded),
  ...text(`${last}.response.body`, 512, recorded),
  ...text(`${last}.response.message`, 256, recorded),
  ...items('status.recentDeliveries', 20, () => record),
  [
    'recentDeliveries holds records',
    { status: { recentDeliveries: ['ok'] } },
    wrongType('status.recentDeliveries[0]', 'object', 'string'),
  ],
];

/** The conditions of both kinds. */
function conditionRows(rest: object): Row[] {
  const withCondition = { ...rest, status: { conditions: [condition] } };
  const path = 'status.conditions[0]';
  return [
    ...required(members(path, condition), withCondition),
    ...text(`${path}.type`, 64, withCondition),
    ...notEmpty(`${path}.type`, withCondition),
    ...choice(`${path}.status`, ['True', 'False', 'Unknown'], withCondition),
    ...integer(`${path}.observedGeneration`, 0, most, withCondition),
    ...time(`${path}.lastTransitionTime`, withCondition),
    ...text(`${path}.reason`, 64, withCondition),
    ...notEmpty(`${path}.reason`, withCondition),
    ...text(`${path}.message`, 1024, withCondition),
    ...items('status.conditions', 8, (index) => ({ ...condition, type: `Type${index}` })),
    [
      'a type of condition is there once',
      { status: { conditions: [condition, condition] } },
      'status.conditions[1]: Duplicate value: {"type":"Notified"}',
    ],
  ];
}
