// Which analyses an endpoint may select, and what kubectl answers to the rest.
import { type Row, wrongType } from './row.ts';

const expressions = 'spec.analysisSelector.matchExpressions';
const exceeding = (path: string, given: number, most: number) =>
  `${path}: Too many: ${given}: must have at most ${most} items`;
const keyHelp = 'must be a label key, such as app or example.com/app';
const keysHelp = 'must have label keys, such as app or example.com/app';
const valueHelp = 'must be a label value: letters, digits, -, _ and ., with a letter or digit at both ends';
const entriesHelp = 'must have at least one entry with In and NotIn, and none with Exists and DoesNotExist';

const selecting = (analysisSelector: object) => ({ spec: { analysisSelector } });
const requiring = (...matchExpressions: object[]) => selecting({ matchExpressions });
const labels = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`label-${index}`, 'a']));

export const selectors: readonly Row[] = [
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
    'a value has 63 characters at most',
    requiring({ key: 'a', operator: 'In', values: ['x'.repeat(64)] }),
    `${expressions}[0].values[0]: Too long: may not be more than 63 bytes`,
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
