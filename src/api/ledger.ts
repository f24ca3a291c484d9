// The ledger, `Analysis.status.delivery`: what an analysis has to say, who was told, and what they answered.
import { z } from 'zod';
import { eventTypes, subscribedEvents } from './event-types.ts';
import { atomicList, count, objectName, text, time, uid, validations } from './fields.ts';

export const phases = ['Queued', 'Analyzing', 'Aggregating', 'Success', 'Failed'] as const;
export type Phase = (typeof phases)[number];

const sequence = () => count(1, 11).describe('The rung of the ladder, which is the sequence number.');

const event = z.object({
  sequence: sequence(),
  type: z.enum(eventTypes).describe('The event type.'),
  percentage: count(0, 100).describe('The percentage the event tells of.'),
  phase: z.enum(phases).describe('The phase when the rung was first seen.'),
  time: time().describe('When the rung was first seen; the timestamp in bodies.'),
});

export const giveUpReasons = ['MaxAttemptsReached', 'MaxAgeReached', 'EndpointDeleted'] as const;

const delivery = z.object({
  sequence: sequence(),
  state: z
    .enum(['Owed', 'Delivered', 'GivenUp', 'Superseded'])
    .describe(
      'Owed: not delivered yet. Delivered: the receiver acknowledged it. GivenUp: see reason. Superseded: a newer ' +
        'event was sent in its place, or the format has no body for it.',
    ),
  attempts: count(0, 1000).describe('Attempts so far.'),
  time: time().optional().describe('When the newest attempt began.'),
  statusCode: count(0, 999).optional().describe('The HTTP status of the newest attempt.'),
  nextAttemptTime: time().optional().describe('When the next attempt is due.'),
  reason: z.enum(giveUpReasons).optional().describe('Why it was given up.'),
  resultOmitted: z
    .boolean()
    .optional()
    .describe('The result was larger than 256 KiB, so the body was sent without it.'),
});

const lastResponse = z.object({
  sequence: sequence(),
  attempt: count(1, 1000).describe('Which attempt of the event it was, from 1.'),
  time: time().describe('When the attempt began.'),
  durationMilliseconds: count(0, 2_147_483_647).describe('How long it took.'),
  statusCode: count(0, 999).optional().describe('The HTTP status; absent when there was no answer.'),
  status: text(64).optional().describe('The status line, such as 200 OK.'),
  body: text(512).optional().describe('The first bytes of the response body.'),
  message: text(256).describe('What happened, for people.'),
});

const subscription = z.object({
  name: objectName().describe('The WebhookEndpoint, or spec.webhookUrl.'),
  uid: uid().describe('The UID of the WebhookEndpoint: another one under the same name is another endpoint.'),
  events: subscribedEvents().describe('The event types it wanted when the analysis started.'),
  deliveries: atomicList(delivery, 11).describe('One for each wanted event so far.'),
  lastResponse: lastResponse.optional().describe('The newest answer, or what came instead of one.'),
});

const oneMore = 'must grow by one with every change of the ledger';

export const ledger = z
  .object({
    state: z.enum(['Active', 'Settled']).describe('Settled: nothing is owed and nothing will be.'),
    revision: count(1, Number.MAX_SAFE_INTEGER)
      .meta(validations({ rule: 'self == oldSelf || self == oldSelf + 1', message: oneMore }))
      .describe('One more with every write of the operator.'),
    epoch: count(1, Number.MAX_SAFE_INTEGER)
      .meta(validations({ rule: 'self >= oldSelf', message: 'must not go back' }))
      .describe('One more with every change of the writing replica.'),
    owner: text(253).describe('The replica that writes.'),
    highestPercentage: count(0, 100).describe(
      'The highest percentage since the start, as of the newest event.',
    ),
    lastSequence: count(0, 11).describe('The newest event; 0 where nobody subscribed.'),
    lastStatusCode: count(0, 999).optional().describe('The HTTP status of the newest answer from anyone.'),
    lastHandledRedeliver: text(63)
      .optional()
      .describe('The value of the label heliograph.dev/redeliver that was carried out last.'),
    events: atomicList(event, 11).describe('The events so far, oldest first.'),
    endpoints: atomicList(subscription, 32).describe('Who subscribed when the analysis started.'),
  })
  .meta({
    'x-kubernetes-map-type': 'atomic',
    ...validations(
      {
        // Comparing the whole ledger would slow every write down, a worker's too (docs/decisions): the policy on the
        // ledger does that for everybody but the operator, whose writes all have a new revision.
        rule: '(self.lastSequence == oldSelf.lastSequence && self.state == oldSelf.state) || self.revision != oldSelf.revision',
        message: oneMore,
        fieldPath: '.revision',
      },
      {
        rule: "oldSelf.state != 'Settled' || self.events == oldSelf.events",
        message: 'must stay as they are once the ledger is Settled',
        fieldPath: '.events',
      },
    ),
  });

export type Ledger = Readonly<z.infer<typeof ledger>>;
export type LedgerEvent = Readonly<z.infer<typeof event>>;
export type Delivery = Readonly<z.infer<typeof delivery>>;
export type LastResponse = Readonly<z.infer<typeof lastResponse>>;
export type Subscription = Readonly<z.infer<typeof subscription>>;
export type GiveUpReason = (typeof giveUpReasons)[number];
