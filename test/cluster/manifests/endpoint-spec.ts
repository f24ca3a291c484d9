// What a WebhookEndpoint may say, and what kubectl answers to the rest. What takes many rows has a table of its own.
import { notPrintable } from './headers.ts';
import { choice, integer, notEmpty, quoted, type Row, text, truth, wrongType } from './row.ts';

export const endpointSpecs: readonly Row[] = [
  ['a WebhookEndpoint says something', { spec: undefined }, 'spec: Required value'],
  ['the spec is an object', { spec: [] }, wrongType('spec', 'object', 'array')],
  ...text('spec.description', 1024),
  ...truth('spec.enabled'),
  ...choice('spec.analyses', ['OptedIn', 'All']),
  ...choice('spec.format', ['Milestone', 'Envelope', 'JobResult', 'CompletionRate', 'CloudEvents']),
  ...choice('spec.recordResponseBody', ['Always', 'OnFailure', 'Never']),
  ['envelope may say nothing', { spec: { envelope: {} } }],
  [
    'envelope may be there beside another format',
    { spec: { format: 'Milestone', envelope: { companyId: 'a' } } },
  ],
  ['envelope is an object', { spec: { envelope: 'acme' } }, wrongType('spec.envelope', 'object', 'string')],
  ...text('spec.envelope.companyId', 256),
  ...notEmpty('spec.envelope.companyId'),
  ...text('spec.userAgent', 128),
  ...notEmpty('spec.userAgent'),
  [
    'userAgent may have a comment',
    { spec: { userAgent: 'AI-on-the-ball/1.0 (+https://example.com; ~ops)' } },
  ],
  ...['a\nb', 'a\r\nHost: b', 'a\r', 'a\tb', '\u0000', 'a\u007f', 'H\u00e9lio', '\u200b'].map(
    (userAgent): Row => [
      `userAgent may not be ${quoted(userAgent)}`,
      { spec: { userAgent } },
      `spec.userAgent: Invalid value: ${quoted(userAgent)}: ${notPrintable}`,
    ],
  ),
  ...integer('spec.delivery.timeoutSeconds', 1, 30),
  ...integer('spec.delivery.maxAttempts', 1, 30),
  ...integer('spec.delivery.maxAgeSeconds', 60, 604_800),
  ...integer('spec.delivery.maxConcurrent', 1, 100),
  ...integer('spec.delivery.maxPerSecond', 1, 1000),
  ...choice('spec.delivery.successStatus', ['Any2xx', 'Only200']),
  ...choice('spec.delivery.ordering', ['InOrder', 'Unordered']),
  ...choice('spec.delivery.progress', ['EveryMilestone', 'LatestOnly']),
  ['delivery is an object', { spec: { delivery: 'hard' } }, wrongType('spec.delivery', 'object', 'string')],
  ['a wait may be a second', { spec: { delivery: { initialBackoffSeconds: 1, maxBackoffSeconds: 1 } } }],
  [
    'both waits may be a day',
    { spec: { delivery: { initialBackoffSeconds: 86_400, maxBackoffSeconds: 86_400 } } },
  ],
  [
    'the first wait may not be nothing',
    { spec: { delivery: { initialBackoffSeconds: 0 } } },
    'spec.delivery.initialBackoffSeconds: Invalid value: 0: spec.delivery.initialBackoffSeconds in body should be greater than or equal to 1',
  ],
  [
    'the first wait may not be longer than a day',
    { spec: { delivery: { initialBackoffSeconds: 86_401 } } },
    'spec.delivery.initialBackoffSeconds: Invalid value: 86401: spec.delivery.initialBackoffSeconds in body should be less than or equal to 86400',
    'spec.delivery.initialBackoffSeconds: Invalid value: must be at most maxBackoffSeconds',
  ],
  [
    'the longest wait may not be nothing',
    { spec: { delivery: { maxBackoffSeconds: 0 } } },
    'spec.delivery.maxBackoffSeconds: Invalid value: 0: spec.delivery.maxBackoffSeconds in body should be greater than or equal to 1',
    'spec.delivery.initialBackoffSeconds: Invalid value: must be at most maxBackoffSeconds',
  ],
  [
    'the longest wait may not be longer than a day',
    { spec: { delivery: { maxBackoffSeconds: 86_401 } } },
    'spec.delivery.maxBackoffSeconds: Invalid value: 86401: spec.delivery.maxBackoffSeconds in body should be less than or equal to 86400',
  ],
  [
    'the first wait may not be longer than the longest',
    { spec: { delivery: { initialBackoffSeconds: 61, maxBackoffSeconds: 60 } } },
    'spec.delivery.initialBackoffSeconds: Invalid value: must be at most maxBackoffSeconds',
  ],
  [
    'the first wait may not be longer than the default of the longest',
    { spec: { delivery: { initialBackoffSeconds: 3601 } } },
    'spec.delivery.initialBackoffSeconds: Invalid value: must be at most maxBackoffSeconds',
  ],
  [
    'the longest wait may not be shorter than the default of the first',
    { spec: { delivery: { maxBackoffSeconds: 4 } } },
    'spec.delivery.initialBackoffSeconds: Invalid value: must be at most maxBackoffSeconds',
  ],
];
