// WebhookEndpoint: who wants to hear of analyses, and what came of it.
import { z } from 'zod';
import { askedEvents, askedEventsRule, eventTypeNames, everyEvent } from './event-types.ts';
import { atomicList, conditions, count, metadata, objectName, text, time, validations } from './fields.ts';
import { pingAnnotation } from './group.ts';
import { headers, printable } from './headers.ts';
import { labelSelector } from './label-selector.ts';
import { caRef, secretKeyRef, secretRef } from './references.ts';
import { url } from './url.ts';

export const formats = ['Milestone', 'Envelope', 'JobResult', 'CompletionRate', 'CloudEvents'] as const;
export type Format = (typeof formats)[number];

const deliveryPolicy = z
  .object({
    timeoutSeconds: count(1, 30)
      .default(10)
      .describe('Seconds an attempt may take in all: connecting, request, and the whole response.'),
    maxAttempts: count(1, 30)
      .default(15)
      .describe('Attempts (not retries) after which an event is given up.'),
    initialBackoffSeconds: count(1, 86_400)
      .default(5)
      .describe(
        'Seconds before the second attempt. The wait doubles with every failure; the actual wait is random ' +
          "between half and whole, never under 1 s, and never shorter than the receiver's Retry-After.",
      ),
    maxBackoffSeconds: count(1, 86_400)
      .default(3600)
      .describe('The longest wait between two attempts, in seconds.'),
    maxAgeSeconds: count(60, 604_800)
      .default(86_400)
      .describe('Seconds after which an undelivered event is given up, whatever its attempts.'),
    successStatus: z
      .enum(['Any2xx', 'Only200'])
      .default('Any2xx')
      .describe(
        'Which answers acknowledge an event. With Only200 everything else is a failure, 410 included.',
      ),
    ordering: z
      .enum(['InOrder', 'Unordered'])
      .default('InOrder')
      .describe(
        'InOrder: an event of an analysis is sent when those before it are acknowledged or given up. Unordered: up ' +
          'to maxConcurrent of them at once.',
      ),
    progress: z
      .enum(['EveryMilestone', 'LatestOnly'])
      .default('EveryMilestone')
      .describe(
        'LatestOnly: while several progress events of an analysis wait, only the newest is sent; the others are ' +
          'recorded as Superseded.',
      ),
    maxConcurrent: count(1, 100)
      .default(10)
      .describe('Requests to this endpoint at the same time, over all analyses.'),
    maxPerSecond: count(1, 1000)
      .optional()
      .describe('Requests to this endpoint in a second, over all analyses. No limit where absent.'),
  })
  .meta(
    validations({
      // The API server tries the rule on the bare default of the object too, before it fills in the fields.
      rule:
        '!has(self.initialBackoffSeconds) || !has(self.maxBackoffSeconds) || ' +
        'self.initialBackoffSeconds <= self.maxBackoffSeconds',
      message: 'must be at most maxBackoffSeconds',
      fieldPath: '.initialBackoffSeconds',
    }),
  );

const spec = z
  .object({
    url: url()
      .optional()
      .describe(
        'Where events are POSTed. https; http only where the administrator allows it. Without user name and ' +
          'fragment. Read at every attempt. Either this or urlFrom.',
      ),
    urlFrom: z
      .object({ secretKeyRef: secretKeyRef().describe('The entry of a Secret that is the URL.') })
      .optional()
      .describe('Where the URL is, if it is itself a secret. It appears in no status, Event, log or metric.'),
    description: text(1024).optional().describe('For people; Heliograph does not read it.'),
    enabled: z
      .boolean()
      .default(true)
      .describe(
        'false stops all traffic at once, pings and redeliveries included. Events of analyses that were subscribed ' +
          'before are kept, and delivered when it is true again, unless they reach maxAgeSeconds first.',
      ),
    analyses: z
      .enum(['OptedIn', 'All'])
      .default('OptedIn')
      .describe(
        'OptedIn: only Analyses with notifyViaWebhook: true. All: every Analysis the selector picks.',
      ),
    analysisSelector: labelSelector
      .optional()
      .describe('Which Analyses of this namespace, by label. All of them where absent.'),
    events: askedEvents()
      .min(1)
      .default([everyEvent])
      .meta({ 'x-kubernetes-list-type': 'set' })
      .describe(
        'The event types to deliver: analysis.started, .progress, .completed, .failed, analysis.* for all of them, or ' +
          'names of eventTypeNames. An analysis keeps what was wanted when it started.',
      ),
    eventTypeNames: eventTypeNames().describe(
      'What the receiver calls the event types, such as analysis.completed: video.process_succeeded. In bodies and in events; webhook.ping can have a name, too.',
    ),
    format: z
      .enum(formats)
      .default('Milestone')
      .describe(
        'The JSON body. Milestone: analysis_id, event_type, status, percentage, sequence, timestamp. Envelope: id, ' +
          'coid, api_version, created, type, data, endpoint_id. JobResult: the result, sent once at the end. ' +
          'CompletionRate: event, analysis_id, status, completion_rate. CloudEvents: 1.0, structured.',
      ),
    envelope: z
      .object({ companyId: text(256).min(1).optional().describe('The coid; the namespace where absent.') })
      .optional()
      .describe('What the Envelope format adds.'),
    userAgent: printable(128)
      .min(1)
      .optional()
      .describe('The User-Agent header; heliograph/ and its version where absent.'),
    headers: headers().describe('Headers to add to every request.'),
    signing: z
      .object({
        secretRefs: atomicList(secretKeyRef(), 3)
          .min(1)
          .describe(
            'Entries of Secrets with a key each, newest first: whsec_ and base64 of 24 to 64 bytes, or whsk_ and an ' +
              'ed25519 key. All of them sign, so that a receiver can change from one to the next.',
          ),
      })
      .optional()
      .describe('Signs requests by Standard Webhooks. Nothing is sent unsigned while a key is missing.'),
    tls: z
      .object({
        caRef: caRef()
          .optional()
          .describe("PEM certificates to trust in place of the system's, of a Secret or ConfigMap."),
        clientCertificateRef: secretRef()
          .optional()
          .describe('A Secret of type kubernetes.io/tls to authenticate with.'),
      })
      .optional()
      .describe('How the connection is secured. Verification cannot be switched off.'),
    recordResponseBody: z
      .enum(['Always', 'OnFailure', 'Never'])
      .default('Always')
      .describe('When the first 512 bytes of a response body are kept in status.'),
    delivery: deliveryPolicy
      .prefault({})
      .describe('How hard to try. Read at every attempt, so an edit applies from the next one.'),
  })
  .meta(
    validations(
      {
        rule: 'has(self.url) != has(self.urlFrom)',
        message: 'must have either url or urlFrom, and not both',
      },
      askedEventsRule,
    ),
  );

/** One attempt as `status.recentDeliveries` shows it. */
const deliveryRecord = z.object({
  eventId: text(64).describe('The webhook-id header: the same for every attempt of an event.'),
  type: text(64).describe('The event type, by the name that was sent.'),
  analysis: objectName().optional().describe('The name of the Analysis; absent with a ping.'),
  sequence: count(1, 11).optional().describe('The sequence number of the event within its analysis.'),
  attempt: count(1, 1000).describe('Which attempt of this event it was, from 1.'),
  time: time().describe('When the attempt began.'),
  durationMilliseconds: count(0, 2_147_483_647).describe('How long it took.'),
  response: z
    .object({
      statusCode: count(0, 999).optional().describe('The HTTP status; absent when there was no answer.'),
      status: text(64).optional().describe('The status line, such as 200 OK.'),
      body: text(512).optional().describe('The first bytes of the response body.'),
      message: text(256).describe('What happened, for people.'),
    })
    .describe('What the receiver answered.'),
});

const status = z.object({
  observedGeneration: z
    .int()
    .min(-1)
    .max(Number.MAX_SAFE_INTEGER)
    .optional()
    .describe('The metadata.generation this status tells of; -1 until the operator has looked.'),
  conditions: conditions().describe('Ready: the spec is accepted. Delivering: how the receiver is doing.'),
  host: text(300).optional().describe('Host and port of the URL; absent with urlFrom.'),
  deliveredCount: count(0, Number.MAX_SAFE_INTEGER).optional().describe('Events the receiver acknowledged.'),
  failedCount: count(0, Number.MAX_SAFE_INTEGER).optional().describe('Events given up.'),
  pendingCount: count(0, Number.MAX_SAFE_INTEGER).optional().describe('Events owed now.'),
  updatedTime: time().optional().describe('When the spec last changed; deliveries do not move it.'),
  lastDelivery: deliveryRecord.optional().describe('The newest attempt.'),
  recentDeliveries: atomicList(deliveryRecord, 20)
    .optional()
    .describe('The newest attempts with their responses, newest first.'),
  lastHandledPing: text(256)
    .optional()
    .describe('The value of the annotation heliograph.dev/ping that was carried out last.'),
});

export const webhookEndpoint = z.object({
  spec: spec.describe('Who wants to hear of which analyses, and how.'),
  status: status.optional().describe('Written by the operator alone.'),
});

/** What the operator reads of a WebhookEndpoint; an object that does not fit gets a condition. */
export const storedWebhookEndpoint = webhookEndpoint.extend({
  metadata: metadata.extend({
    annotations: z.object({ [pingAnnotation]: z.string().optional() }).optional(),
  }),
});

/** What can be read of an object whose spec does not fit (stored under another version of the CRD). */
export const namedObject = z.object({ metadata });

export type WebhookEndpoint = z.infer<typeof storedWebhookEndpoint>;
export type WebhookEndpointStatus = z.infer<typeof status>;
export type DeliveryRecord = z.infer<typeof deliveryRecord>;

export const webhookEndpointStatusDefault = { observedGeneration: -1 };
