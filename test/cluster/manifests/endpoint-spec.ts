// What a WebhookEndpoint may say, and what kubectl answers to the rest. The URL has a table of its own.
import { choice, integer, type Row, text, truth, wrongType } from './row.ts';

const expressions = 'spec.analysisSelector.matchExpressions';
const exceeding = (path: string, given: number, most: number) =>
  `${path}: Too many: ${given}: must have at most ${most} items`;
const eventNames =
  '"analysis.started", "analysis.progress", "analysis.completed", "analysis.failed", "analysis.*"';
const keyHelp = 'must be a label key, such as app or example.com/app';
const keysHelp = 'must have label keys, such as app or example.com/app';
const valueHelp = 'must be a label value: letters, digits, -, _ and ., with a letter or digit at both ends';
const entriesHelp = 'must have at least one entry with In and NotIn, and none with Exists and DoesNotExist';

const selecting = (analysisSelector: object) => ({ spec: { analysisSelector } });
const requiring = (...matchExpressions: object[]) => selecting({ matchExpressions });
const events = (...list: string[]) => ({ spec: { events: list } });
const labels = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`label-${index}`, 'a']));

export const endpointSpecs: readonly Row[] = [
  ...text('spec.description', 1024),
  ...truth('spec.enabled'),
  ...choice('spec.analyses', ['OptedIn', 'All']),
  ...choice('spec.format', ['Milestone']),
  ...integer('spec.delivery.timeoutSeconds', 1, 30),
  ...integer('spec.delivery.maxAttempts', 1, 30),
  ...integer('spec.delivery.maxAgeSeconds', 60, 604_800),
  ...integer('spec.delivery.maxConcurrent', 1, 100),
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
  ...['analysis.started', 'analysis.progress', 'analysis.completed', 'analysis.failed', 'analysis.*'].map(
    (name): Row => [`events may be ${name} alone`, events(name)],
  ),
  [
    'events may list all five',
    events('analysis.started', 'analysis.progress', 'analysis.completed', 'analysis.failed', 'analysis.*'),
  ],
  [
    'events may not be empty',
    events(),
    'spec.events: Invalid value: 0: spec.events in body should have at least 1 items',
  ],
  [
    'events may not have an unknown one',
    events('analysis.started', 'analysis.finished'),
    `spec.events[1]: Unsupported value: "analysis.finished": supported values: ${eventNames}`,
  ],
  [
    'events may not name one twice',
    events('analysis.failed', 'analysis.failed'),
    'spec.events[1]: Duplicate value: "analysis.failed"',
  ],
  ['events are a list', { spec: { events: 'analysis.failed' } }, wrongType('spec.events', 'array', 'string')],
  ['a selector may be empty', selecting({})],
  ['a selector may name 16 labels', selecting({ matchLabels: labels(16) })],
  [
    'a selector may not name 17 labels',
    selecting({ matchLabels: labels(17) }),
    'spec.analysisSelector.matchLabels: Too many: 17: must have at most 16 items',
  ],
  [
    'a selector may name labels with a prefix and without a value',
    selecting({ matchLabels: { 'example.com/team': '', App_1: 'a.b-C_d' } }),
  ],
  [
    'a selector may not name what can be no label',
    selecting({ matchLabels: { 'my label': 'a' } }),
    `spec.analysisSelector.matchLabels: Invalid value: ${keysHelp}`,
  ],
  [
    'a selector may not name what can be no value of a label',
    selecting({ matchLabels: { app: 'my app' } }),
    `spec.analysisSelector.matchLabels[app]: Invalid value: "my app": ${valueHelp}`,
  ],
  [
    'a value of a label has 63 characters at most',
    selecting({ matchLabels: { app: 'a'.repeat(64) } }),
    'spec.analysisSelector.matchLabels.app: Too long: may not be more than 63 bytes',
  ],
  [
    'a selector is an object',
    { spec: { analysisSelector: 'app=a' } },
    wrongType('spec.analysisSelector', 'object', 'string'),
  ],
  [
    'a requirement may use each operator',
    requiring(
      { key: 'a', operator: 'In', values: ['x'] },
      { key: 'example.com/b', operator: 'NotIn', values: ['x', 'y'] },
      { key: 'c', operator: 'Exists' },
      { key: 'd', operator: 'DoesNotExist', values: [] },
    ),
  ],
  [
    'a requirement has no other operator',
    requiring({ key: 'a', operator: 'Equals', values: ['x'] }),
    `${expressions}[0].operator: Unsupported value: "Equals": supported values: "In", "NotIn", "Exists", "DoesNotExist"`,
  ],
  [
    'a requirement has a key and an operator',
    requiring({}),
    `${expressions}[0].key: Required value`,
    `${expressions}[0].operator: Required value`,
  ],
  [
    'a key may not be empty',
    requiring({ key: '', operator: 'Exists' }),
    `${expressions}[0].key: Invalid value: "": ${keyHelp}`,
  ],
  [
    'a key must be one that a label can have',
    requiring({ key: 'a=b', operator: 'Exists' }),
    `${expressions}[0].key: Invalid value: "a=b": ${keyHelp}`,
  ],
  [
    'a key may have a prefix of 253 characters and a name of 63',
    requiring({ key: `${'a.'.repeat(126)}a/${'b'.repeat(63)}`, operator: 'Exists' }),
  ],
  [
    'a key may not be longer',
    requiring({ key: `${'a.'.repeat(126)}aa/${'b'.repeat(63)}`, operator: 'Exists' }),
    `${expressions}[0].key: Too long: may not be more than 317 bytes`,
  ],
  [
    'In needs values',
    requiring({ key: 'a', operator: 'In' }),
    `${expressions}[0].values: Invalid value: ${entriesHelp}`,
  ],
  [
    'NotIn needs values',
    requiring({ key: 'a', operator: 'NotIn', values: [] }),
    `${expressions}[0].values: Invalid value: ${entriesHelp}`,
  ],
  [
    'Exists has no values',
    requiring({ key: 'a', operator: 'Exists', values: ['x'] }),
    `${expressions}[0].values: Invalid value: ${entriesHelp}`,
  ],
  [
    'DoesNotExist has no values',
    requiring({ key: 'a', operator: 'DoesNotExist', values: ['x'] }),
    `${expressions}[0].values: Invalid value: ${entriesHelp}`,
  ],
  [
    'a value must be one that a label can have',
    requiring({ key: 'a', operator: 'In', values: ['x', '-'] }),
    `${expressions}[0].values[1]: Invalid value: "-": ${valueHelp}`,
  ],
  [
    'a requirement has 16 values at most',
    requiring({ key: 'a', operator: 'In', values: Object.keys(labels(17)) }),
    exceeding(`${expressions}[0].values`, 17, 16),
  ],
  [
    'a selector has 16 requirements at most',
    requiring(...Object.keys(labels(17)).map((key) => ({ key, operator: 'Exists' }))),
    exceeding(expressions, 17, 16),
  ],
];
