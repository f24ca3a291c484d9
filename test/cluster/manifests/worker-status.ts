// What a worker may write into the status of an Analysis.
import { choice, integer, type Row, text, wrongType } from './row.ts';

export const workerStatuses: readonly Row[] = [
  ...choice('status.phase', ['Queued', 'Analyzing', 'Aggregating', 'Success', 'Failed']),
  ...integer('status.percentage', 0, 100),
  ...text('status.message', 1024),
  [
    'a worker may write all of it at once',
    { status: { phase: 'Success', percentage: 100, message: 'done' } },
  ],
  ['a worker may write nothing', { status: {} }],
  [
    'a percentage is whole',
    { status: { percentage: 33.3 } },
    wrongType('status.percentage', 'int32', 'float64'),
    'status: Invalid value: "": Checked value must be of type integer with format int32 in percentage',
  ],
  ['a status is an object', { status: 'Success' }, wrongType('status', 'object', 'string')],
];
