// What an Analysis may say, and what kubectl answers to the rest.
import { notEmpty, type Row, text, truth, wrongType } from './row.ts';

export const analysisSpecs: readonly Row[] = [
  ...text('spec.analysisId', 256),
  ...notEmpty('spec.analysisId'),
  ...text('spec.customId', 256),
  ...notEmpty('spec.customId'),
  ...text('spec.feedId', 256),
  ...notEmpty('spec.feedId'),
  ...truth('spec.notifyViaWebhook'),
  ['an Analysis may say nothing', {}],
  ['an Analysis may have an empty spec', { spec: {} }],
  [
    'an Analysis may say everything',
    {
      spec: {
        analysisId: 'run-7',
        customId: '\u00e9 7/7',
        feedId: 'b',
        notifyViaWebhook: true,
        webhookUrl: 'https://example.com/jobs/7',
      },
    },
  ],
  ['the spec is an object', { spec: [] }, wrongType('spec', 'object', 'array')],
];
