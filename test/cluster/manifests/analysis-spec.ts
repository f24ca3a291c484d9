// What an Analysis may say, and what kubectl answers to the rest.
import { type Row, text, truth, wrongType } from './row.ts';

export const analysisSpecs: readonly Row[] = [
  ...text('spec.analysisId', 256),
  ...truth('spec.notifyViaWebhook'),
  ['an Analysis may say nothing', {}],
  ['an Analysis may have an empty spec', { spec: {} }],
  ['analysisId may be one character', { spec: { analysisId: '7' } }],
  [
    'analysisId may not be empty',
    { spec: { analysisId: '' } },
    'spec.analysisId: Invalid value: "": spec.analysisId in body should be at least 1 chars long',
  ],
  ['the spec is an object', { spec: [] }, wrongType('spec', 'object', 'array')],
];
