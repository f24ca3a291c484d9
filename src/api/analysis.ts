// Analysis: what is running. Workers write phase and percentage, the operator writes the ledger.
import { z } from 'zod';
import { conditions, count, metadata, type Rule, text, validations } from './fields.ts';
import { ledger, phases } from './ledger.ts';
import { url } from './url.ts';

const started =
  'must not return to Queued, or be removed, once the analysis has started: a new run is a new Analysis';

const keptId: Omit<Rule, 'rule'> = {
  message: 'must be set when the Analysis is created, and cannot change',
  reason: 'FieldValueForbidden',
};

const specFields = z.object({
  analysisId: text(256)
    .min(1)
    .meta(validations({ rule: 'self == oldSelf', ...keptId }))
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

const spec = specFields.meta(
  validations({
    rule: 'has(self.analysisId) == has(oldSelf.analysisId)',
    ...keptId,
    fieldPath: '.analysisId',
  }),
);

const statusFields = z.object({
  phase: z
    .enum(phases)
    .meta(
      validations(
        {
          rule: "self == oldSelf || !(oldSelf in ['Success', 'Failed'])",
          message: 'must stay as it is once it is Success or Failed: a new run is a new Analysis',
        },
        { rule: "self != 'Queued' || oldSelf == 'Queued'", message: started },
      ),
    )
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

const hasEnded = "oldSelf.?phase.orValue('Queued') in ['Success', 'Failed']";

/** A rule on a node does not run when the node itself is removed: what must stay is for the status to say, which has a default. */
const status = statusFields.meta(
  validations(
    {
      rule: 'has(self.delivery) || !has(oldSelf.delivery)',
      message:
        'must stay: it is the record of deliveries. Write phase, percentage, message and result ' +
        'with a patch (kubectl patch --subresource=status --type=merge), not by replacing the status',
      reason: 'FieldValueForbidden',
      fieldPath: '.delivery',
    },
    {
      rule: "has(self.phase) || oldSelf.?phase.orValue('Queued') == 'Queued'",
      message: started,
      fieldPath: '.phase',
    },
    {
      rule: 'has(self.percentage) || !has(oldSelf.percentage)',
      message: 'must not be removed once set',
      fieldPath: '.percentage',
    },
    {
      rule: `!(${hasEnded}) || self.?percentage == oldSelf.?percentage`,
      message: 'must stay as it is once the phase is Success or Failed',
      fieldPath: '.percentage',
    },
    {
      // An optional has no bound for the cost estimate: where two values meet, has() comes first.
      rule: `!(${hasEnded}) || (has(oldSelf.result) ? has(self.result) && self.result == oldSelf.result : !has(self.result))`,
      message:
        'must stay as it is once the phase is Success or Failed: write it with or before the final phase',
      fieldPath: '.result',
    },
  ),
);

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
  spec: specFields.prefault({}),
  status: statusFields.omit({ result: true }).prefault({}),
});

export type Analysis = z.infer<typeof storedAnalysis>;

/**
 * What compares the spec with the status. The other transition rules stand on the node that they are about: every field
 * that a rule selects costs each write of a status time, the more the wider the object it is selected from
 * (docs/decisions).
 */
export const analysisRules: readonly Rule[] = [
  {
    rule: "self.spec == oldSelf.spec || oldSelf.?status.?phase.orValue('Queued') == 'Queued'",
    message:
      'must stay as it is once the analysis has started (status.phase has left Queued): set notifyViaWebhook ' +
      'and the rest before, or create a new Analysis',
    reason: 'FieldValueForbidden',
    fieldPath: '.spec',
  },
];
