// The standard Kubernetes label selector, bounded.
import { z } from 'zod';
import { atomicList, type Rule, text, validations } from './fields.ts';

// What no label can be would pick nothing, without a word.
const labelKey: Rule = {
  rule: '!format.qualifiedName().validate(self).hasValue()',
  message: 'must be a label key, such as app or example.com/app',
};
const labelValue: Rule = {
  rule: '!format.labelValue().validate(self).hasValue()',
  message: 'must be a label value: letters, digits, -, _ and ., with a letter or digit at both ends',
};
const labelKeys: Rule = {
  ...labelKey,
  rule: 'self.all(key, !format.qualifiedName().validate(key).hasValue())',
  message: 'must have label keys, such as app or example.com/app',
};

const key = () => text(317).meta(validations(labelKey));
const value = () => text(63).meta(validations(labelValue));

const requirement = z
  .object({
    key: key().describe('The label that is looked at.'),
    operator: z
      .enum(['In', 'NotIn', 'Exists', 'DoesNotExist'])
      .describe('How the label relates to the values.'),
    values: atomicList(value(), 16)
      .optional()
      .describe('At least one with In and NotIn; none with Exists and DoesNotExist.'),
  })
  .meta(
    validations({
      rule: "self.operator in ['In', 'NotIn'] ? has(self.values) && self.values.size() > 0 : !has(self.values) || self.values.size() == 0",
      message: 'must have at least one entry with In and NotIn, and none with Exists and DoesNotExist',
      fieldPath: '.values',
    }),
  );

export const labelSelector = z.object({
  matchLabels: z
    .record(z.string(), value())
    .optional()
    .meta({ maxProperties: 16, 'x-kubernetes-map-type': 'atomic', ...validations(labelKeys) })
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
  // Every object answers to "constructor", which is a label key like any other.
  const labelOf = (key: string) => (Object.hasOwn(labels, key) ? labels[key] : undefined);
  const byLabel = Object.entries(selector.matchLabels ?? {});
  return (
    byLabel.every(([key, value]) => labelOf(key) === value) &&
    (selector.matchExpressions ?? []).every((one) => meets(one, labelOf(one.key)))
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
