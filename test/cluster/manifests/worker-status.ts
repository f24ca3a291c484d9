// What a worker may write into the status of an Analysis.
import { choice, integer, type Row, text, wrongType } from './row.ts';

export const workerStatuses: readonly Row[] = [
  ...choice('status.phase', ['Queued', 'Analyzing', 'Aggregating', 'Success', 'Failed']),
  ...integer('status.percentage', 0, 100),
  ...text('status.message', 1024),
  [
    'a worker may write all of it at once',
    { status: { phase: 'Success', percentage: 100, message: 'done', result: { jobResults: [] } } },
  ],
  ['a worker may write nothing', { status: {} }],
  [
    'a percentage is whole',
    { status: { percentage: 33.3 } },
    wrongType('status.percentage', 'int32', 'float64'),
    'status: Invalid value: "": Checked value must be of type integer with format int32 in percentage',
  ],
  ['a result may be empty', { status: { result: {} } }],
  [
    'a result may have any members',
    { status: { result: { 'a b/c': { '': [[], {}, '', false, 0.5, -1] } } } },
  ],
  [
    'a result may have members that are called as ours',
    { status: { result: { metadata: 1, apiVersion: [], id: {} } } },
  ],
  ...(
    [
      ['text', 'done', 'string'],
      ['a list', [{ jobResults: [] }], 'array'],
      ['a number', 1, 'integer'],
      ['true', true, 'boolean'],
    ] as const
  ).map(
    ([what, result, type]): Row => [
      `a result is an object and not ${what}`,
      { status: { result } },
      wrongType('status.result', 'object', type),
    ],
  ),
  ['a status is an object', { status: 'Success' }, wrongType('status', 'object', 'string')],
];
