// Building blocks of the schemas: bounded strings, integers and lists, and the Kubernetes extensions beside
// them. Everything has a bound, because the API server refuses CEL rules over what it cannot cost.
import { z } from 'zod';

/** A CEL rule as the API server takes it. `fieldPath` is relative to the node that carries the rule. */
export interface Rule {
  readonly rule: string;
  readonly message: string;
  readonly reason?: 'FieldValueInvalid' | 'FieldValueForbidden' | 'FieldValueRequired';
  readonly fieldPath?: string;
}

/** As `.meta()` takes them. */
export const validations = (...rules: readonly Rule[]) => ({
  'x-kubernetes-validations': rules.map((rule) => ({ ...rule, reason: rule.reason ?? 'FieldValueInvalid' })),
});

export const text = (maxLength: number) => z.string().max(maxLength);
export const count = (minimum: number, maximum: number) => z.int().min(minimum).max(maximum);

/** RFC 3339, UTC. Kept as the string it came as: it goes back into status and bodies unchanged. */
export const time = () => z.string().max(32).meta({ format: 'date-time' });

/** A list that is replaced as a whole, so that managedFields does not list its members. */
export const atomicList = <T extends z.ZodType>(item: T, maxItems: number) =>
  z.array(item).max(maxItems).meta({ 'x-kubernetes-list-type': 'atomic' });

export const uid = () => text(64);
export const objectName = () => text(253);

export const condition = z.object({
  type: text(64).min(1).describe('Which aspect of the object this condition tells of.'),
  status: z.enum(['True', 'False', 'Unknown']).describe('Whether the condition holds.'),
  observedGeneration: z
    .int()
    .min(0)
    .max(Number.MAX_SAFE_INTEGER)
    .optional()
    .describe('The metadata.generation this was decided for.'),
  lastTransitionTime: time().describe('When the status last changed.'),
  reason: text(64).min(1).describe('One CamelCase word for programs.'),
  message: text(1024).describe('The explanation for people.'),
});

export type Condition = z.infer<typeof condition>;

export const conditions = () =>
  z
    .array(condition)
    .max(8)
    .optional()
    .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['type'] });

/** What is read of every object's metadata. */
export const metadata = z.object({
  name: z.string(),
  namespace: z.string(),
  uid: z.string(),
  resourceVersion: z.string(),
  generation: z.number().optional(),
  creationTimestamp: z.string(),
  deletionTimestamp: z.string().optional(),
  labels: z.record(z.string(), z.string()).optional(),
});
