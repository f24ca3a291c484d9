// The standard Kubernetes label selector, bounded.
import { z } from 'zod';
import { atomicList, text } from './fields.ts';

const requirement = z
  .object({
    key: text(317).min(1).describe('The label that is looked at.'),
    operator: z
      .enum(['In', 'NotIn', 'Exists', 'DoesNotExist'])
      .describe('How the label relates to the values.'),
    values: atomicList(text(63), 16)
      .optional()
      .describe('At least one with In and NotIn; none with Exists and DoesNotExist.'),
  })
  .meta({
    'x-kubernetes-validations': [
      {
        rule: "self.operator in ['In', 'NotIn'] ? has(self.values) && self.values.size() > 0 : !has(self.values) || self.values.size() == 0",
        message:
          'values must have at least one entry with In and NotIn, and none with Exists and DoesNotExist',
        reason: 'FieldValueInvalid',
        fieldPath: '.values',
      },
    ],
  });

export const labelSelector = z.object({
  matchLabels: z
    .record(z.string(), text(63))
    .optional()
    .meta({ maxProperties: 16, 'x-kubernetes-map-type': 'atomic' })
    .describe('Labels that must all be there with these values.'),
  matchExpressions: atomicList(requirement, 16).optional().describe('Requirements that must all hold.'),
});

export type LabelSelector = z.infer<typeof labelSelector>;
type Requirement = z.infer<typeof requirement>;

/** Whether the selector picks an object with these labels. No selector picks everything. */
export function selects(
  selector: LabelSelector | undefined,
  labels: Readonly<Record<string, string>>,
): boolean {
  if (selector === undefined) return true;
  const byLabel = Object.entries(selector.matchLabels ?? {});
  return (
    byLabel.every(([key, value]) => labels[key] === value) &&
    (selector.matchExpressions ?? []).every((one) => meets(one, labels[one.key]))
  );
}

function meets({ operator, values = [] }: Requirement, value: string | undefined): boolean {
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
  }
}
