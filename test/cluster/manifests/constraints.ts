// What the resources' schemas demand, so that the tables can be held against it.
import { crdFiles } from '../../../tools/generate/files.ts';
import { parse } from 'yaml';

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly additionalProperties?: Schema;
  readonly required?: readonly string[];
  readonly enum?: readonly string[];
  readonly 'x-kubernetes-validations'?: readonly { readonly message: string; readonly fieldPath?: string }[];
  readonly [keyword: string]: unknown;
}

/** Ends the path of what a map consists of. */
export const anyKey = '{}';

/** A field, without the indexes of lists, and what kubectl says to whoever breaks the rule. */
interface Constraint {
  readonly path: string;
  readonly refusal: string;
}

/** Of everything in `spec` and `status`, and of the rules at the root, by kind. */
export function constraints(kind: 'Analysis' | 'WebhookEndpoint'): readonly Constraint[] {
  const definitions = [...crdFiles().values()].map(
    (yaml) =>
      parse(yaml) as {
        spec: { names: { kind: string }; versions: { schema: { openAPIV3Schema: Schema } }[] };
      },
  );
  const root = definitions.find(({ spec }) => spec.names.kind === kind)?.spec.versions[0]?.schema
    .openAPIV3Schema;
  const { spec, status } = root?.properties ?? {};
  if (root === undefined || spec === undefined || status === undefined)
    throw new Error(`there is no schema of ${kind}`);
  return [...boundsOf('', root), ...rulesOf('', root), ...below('spec', spec), ...below('status', status)];
}

function below(path: string, schema: Schema): Constraint[] {
  const { items, additionalProperties, properties = {} } = schema;
  return [
    ...boundsOf(path, schema),
    ...rulesOf(path, schema),
    ...(items === undefined ? [] : below(path, items)),
    ...(additionalProperties === undefined ? [] : below(`${path}${anyKey}`, additionalProperties)),
    ...Object.entries(properties).flatMap(([name, one]) => below(`${path}.${name}`, one)),
  ];
}

function rulesOf(path: string, { 'x-kubernetes-validations': rules = [] }: Schema): Constraint[] {
  return rules.map(({ message, fieldPath = '' }) => ({
    path: `${path}${fieldPath}`.replace(/^\./, ''),
    refusal: message,
  }));
}

/** By keyword, what kubectl says. */
const bounds: Readonly<Record<string, (bound: unknown) => string>> = {
  maxLength: (bound) => `Too long: may not be more than ${String(bound)} bytes`,
  minLength: (bound) => `should be at least ${String(bound)} chars long`,
  maxItems: (bound) => `must have at most ${String(bound)} items`,
  maxProperties: (bound) => `must have at most ${String(bound)} items`,
  minItems: (bound) => `should have at least ${String(bound)} items`,
  minimum: (bound) => `should be greater than or equal to ${String(bound)}`,
  maximum: (bound) => `should be less than or equal to ${String(bound)}`,
};

function boundsOf(path: string, schema: Schema): Constraint[] {
  return [
    ...Object.entries(bounds).flatMap(([keyword, refusal]) =>
      // Beside an enum or a date-time, a length is only there for the cost of rules.
      keyword in schema && !('format' in schema && keyword === 'maxLength')
        ? [{ path, refusal: refusal(schema[keyword]) }]
        : [],
    ),
    ...(schema.enum === undefined
      ? []
      : [{ path, refusal: `supported values: ${schema.enum.map((one) => `"${one}"`).join(', ')}` }]),
    ...(schema['format'] === 'date-time' ? [{ path, refusal: 'must be of type date-time' }] : []),
    ...(schema.required ?? []).map((name) => ({
      path: `${path}.${name}`.replace(/^\./, ''),
      refusal: 'Required value',
    })),
  ];
}
