// Analysis: what is running. Workers write phase and percentage, the operator writes the ledger.
import { z } from 'zod';
import { conditions, count, metadata, type Rule, text } from './fields.ts';
import { ledger, phases } from './ledger.ts';
import { url } from './url.ts';

const spec = z.object({
  analysisId: text(256)
    .min(1)
    .optional()
    .describe(
      "What receivers see as analysis_id; the object's UID where absent. One per run: to a receiver a second " +
        'run under the same id would look old. Cannot change.',
    ),
  customId: text(256).min(1).optional().describe('Carried into the JobResult format.'),
  feedId: text(256).min(1).optional().describe('Carried into the JobResult format.'),
  webhookUrl: url()
    .optional()
    .describe(
      'Sends the result of this one analysis to this URL, when it is complete: format JobResult, only 200 counts, 10 s ' +
        'to answer, 5 retries, unsigned. Needs no opt-in and no WebhookEndpoint.',
    ),
  notifyViaWebhook: z
    .boolean()
    .default(false)
    .describe('Opts in to webhooks. Fixed, like the whole spec, once the phase has left Queued.'),
});

const status = z.object({
  phase: z
    .enum(phases)
    .optional()
    .describe('Written by the worker. Success and Failed are final; nothing returns to Queued.'),
  percentage: count(0, 100)
    .optional()
    .describe('Written by the worker: progress from 0 to 100. Cannot be removed once set.'),
  message: text(1024).optional().describe('Written by the worker, for people. No webhook carries it.'),
  result: z
    .looseObject({})
    .optional()
    .describe(
      'Written by the worker, with or before the final phase: any JSON object. The JobResult format carries its members. ' +
        'The API server keeps integers of 64 bits exactly and other numbers as doubles; a merge patch drops members ' +
        'that are null.',
    ),
  conditions: conditions().describe(
    'Written by the operator. Notified: True when everything wanted was delivered.',
  ),
  delivery: ledger.optional().describe('Written by the operator: the ledger of events and deliveries.'),
});

export const analysis = z.object({
  spec: spec.prefault({}).describe('What the analysis is, set before it starts.'),
  status: status.prefault({}).describe('How far it is (the worker) and who was told (the operator).'),
});

/**
 * What the operator reads of an Analysis; an object that does not fit gets a condition. Results are large, so they are
 * read when they are sent and not kept.
 */
export const storedAnalysis = z.object({
  metadata,
  spec: spec.prefault({}),
  status: status.omit({ result: true }).prefault({}),
});

export type Analysis = z.infer<typeof storedAnalysis>;

const oldPhase = "oldSelf.?status.?phase.orValue('Queued')";
const newPhase = "self.?status.?phase.orValue('Queued')";
// An optional has no bound for the cost estimate: where two values meet, has() comes first.
const bothPhases =
  'has(oldSelf.status) && has(oldSelf.status.phase) && has(self.status) && has(self.status.phase)';
const bothLedgers =
  '!has(oldSelf.status) || !has(oldSelf.status.delivery) || !has(self.status) || !has(self.status.delivery)';

const unchangedScalars = ['revision', 'state', 'lastSequence']
  .map((field) => `self.status.delivery.${field} == oldSelf.status.delivery.${field}`)
  .join(' && ');

/**
 * Transition rules. They stand at the root, because a rule on a node does not run when the node itself is
 * removed, and `{"status": null}` would pass.
 */
export const analysisRules: readonly Rule[] = [
  {
    rule: '!has(oldSelf.status) || !has(oldSelf.status.delivery) || (has(self.status) && has(self.status.delivery))',
    message:
      'must stay: it is the record of deliveries. Write phase, percentage, message and result ' +
      'with a patch (kubectl patch --subresource=status --type=merge), not by replacing the status',
    reason: 'FieldValueForbidden',
    fieldPath: '.status.delivery',
  },
  {
    // Comparing the whole ledger would slow every write down, a worker's too (docs/decisions): the policy on the ledger
    // does that for everybody but the operator, whose writes all have a new revision.
    rule: `${bothLedgers} || self.status.delivery.revision == oldSelf.status.delivery.revision + 1 || (${unchangedScalars})`,
    message: 'must grow by one with every change of the ledger',
    fieldPath: '.status.delivery.revision',
  },
  {
    rule: `${bothLedgers} || self.status.delivery.epoch >= oldSelf.status.delivery.epoch`,
    message: 'must not go back',
    fieldPath: '.status.delivery.epoch',
  },
  {
    rule: `${bothLedgers} || oldSelf.status.delivery.state != 'Settled' || self.status.delivery.events == oldSelf.status.delivery.events`,
    message: 'must stay as they are once the ledger is Settled',
    fieldPath: '.status.delivery.events',
  },
  {
    rule: `!(${oldPhase} in ['Success', 'Failed']) || (${bothPhases} && self.status.phase == oldSelf.status.phase)`,
    message: 'must stay as it is once it is Success or Failed: a new run is a new Analysis',
    fieldPath: '.status.phase',
  },
  {
    rule: `!(${oldPhase} in ['Success', 'Failed']) || self.?status.?percentage == oldSelf.?status.?percentage`,
    message: 'must stay as it is once the phase is Success or Failed',
    fieldPath: '.status.percentage',
  },
  {
    rule: `!(${oldPhase} in ['Success', 'Failed']) || (has(oldSelf.status.result) ? has(self.status) && has(self.status.result) && self.status.result == oldSelf.status.result : !has(self.status) || !has(self.status.result))`,
    message:
      'must stay as it is once the phase is Success or Failed: write it with or before the final phase',
    fieldPath: '.status.result',
  },
  {
    rule: `${oldPhase} == 'Queued' || ${newPhase} != 'Queued'`,
    message:
      'must not return to Queued, or be removed, once the analysis has started: a new run is a new Analysis',
    fieldPath: '.status.phase',
  },
  {
    rule: '!has(oldSelf.status) || !has(oldSelf.status.percentage) || (has(self.status) && has(self.status.percentage))',
    message: 'must not be removed once set',
    fieldPath: '.status.percentage',
  },
  {
    rule: `${oldPhase} == 'Queued' || self.spec == oldSelf.spec`,
    message:
      'must stay as it is once the analysis has started (status.phase has left Queued): set notifyViaWebhook ' +
      'and the rest before, or create a new Analysis',
    reason: 'FieldValueForbidden',
    fieldPath: '.spec',
  },
  {
    rule: 'has(self.spec.analysisId) == has(oldSelf.spec.analysisId) && (!has(self.spec.analysisId) || self.spec.analysisId == oldSelf.spec.analysisId)',
    message: 'must be set when the Analysis is created, and cannot change',
    reason: 'FieldValueForbidden',
    fieldPath: '.spec.analysisId',
  },
];
