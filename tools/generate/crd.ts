// Turns the zod schemas of src/api into CustomResourceDefinitions.
import { z } from 'zod';
import { analysis, analysisRules } from '../../src/api/analysis.ts';
import { type Rule, validations } from '../../src/api/fields.ts';
import { analyses, group, version, webhookEndpoints } from '../../src/api/group.ts';
import { webhookEndpoint, webhookEndpointStatusDefault } from '../../src/api/webhook-endpoint.ts';

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type Schema = { [key: string]: Json };

interface Resource {
  readonly names: typeof analyses;
  readonly description: string;
  readonly schema: z.ZodType;
  readonly requireSpec: boolean;
  readonly statusDefault: Schema;
  readonly rules: readonly Rule[];
  readonly columns: readonly Column[];
  readonly selectableFields: readonly string[];
}

interface Column {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'date' | 'boolean';
  readonly jsonPath: string;
  readonly description: string;
  readonly priority?: number;
}

const age: Column = {
  name: 'Age',
  type: 'date',
  jsonPath: '.metadata.creationTimestamp',
  description: 'When it was created.',
};

const resources: readonly Resource[] = [
  {
    names: webhookEndpoints,
    description:
      'WebhookEndpoint subscribes one URL to the Analyses of its namespace. Which endpoints an analysis notifies ' +
      'is decided once, when it starts.',
    schema: webhookEndpoint,
    requireSpec: true,
    statusDefault: webhookEndpointStatusDefault,
    rules: [],
    columns: [
      column('Enabled', 'boolean', '.spec.enabled', 'Whether anything is sent.'),
      column(
        'Ready',
        'string',
        ".status.conditions[?(@.type=='Ready')].status",
        'Whether the spec is accepted.',
      ),
      column(
        'Delivering',
        'string',
        ".status.conditions[?(@.type=='Delivering')].reason",
        'How the receiver is doing.',
      ),
      column('Delivered', 'integer', '.status.deliveredCount', 'Events acknowledged.'),
      column('Failed', 'integer', '.status.failedCount', 'Events given up.'),
      column('Last status', 'integer', '.status.lastDelivery.response.statusCode', 'The newest HTTP status.'),
      age,
      column('Pending', 'integer', '.status.pendingCount', 'Events owed.', 1),
      column('Host', 'string', '.status.host', 'Where events go.', 1),
      column('Message', 'string', ".status.conditions[?(@.type=='Ready')].message", 'What Ready says.', 1),
    ],
    selectableFields: ['.spec.enabled', '.spec.format'],
  },
  {
    names: analyses,
    description:
      'Analysis is one run of something long. Its worker reports phase and percentage in status; the operator turns ' +
      'them into sequenced events, delivers them, and records the answers in status.delivery.',
    schema: analysis,
    requireSpec: false,
    statusDefault: {},
    rules: analysisRules,
    columns: [
      column('Phase', 'string', '.status.phase', 'Where the analysis is.'),
      column('Percentage', 'integer', '.status.percentage', 'How far it is.'),
      column('Sequence', 'integer', '.status.delivery.lastSequence', 'The newest event.'),
      column(
        'Delivery',
        'string',
        '.status.delivery.state',
        'Active while events are owed or to come, then Settled.',
      ),
      column('Last status', 'integer', '.status.delivery.lastStatusCode', 'The newest HTTP status.'),
      age,
      column(
        'Notified',
        'string',
        ".status.conditions[?(@.type=='Notified')].status",
        'Whether all was delivered.',
        1,
      ),
      column('Reason', 'string', ".status.conditions[?(@.type=='Notified')].reason", 'Why.', 1),
      column('Message', 'string', ".status.conditions[?(@.type=='Notified')].message", 'Who was told.', 1),
    ],
    selectableFields: ['.status.phase', '.status.delivery.state', '.spec.analysisId'],
  },
];

/** The CRDs by file name. */
export function customResourceDefinitions(): ReadonlyMap<string, object> {
  return new Map(resources.map((one) => [`${group}_${one.names.plural}.yaml`, definition(one)]));
}

function column(
  name: string,
  type: Column['type'],
  jsonPath: string,
  description: string,
  priority?: number,
): Column {
  return { name, type, jsonPath, description, ...(priority === undefined ? {} : { priority }) };
}

function definition({ names, ...resource }: Resource): object {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${names.plural}.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { ...names, listKind: `${names.kind}List`, categories: ['heliograph'] },
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          subresources: { status: {} },
          additionalPrinterColumns: resource.columns,
          selectableFields: resource.selectableFields.map((jsonPath) => ({ jsonPath })),
          schema: { openAPIV3Schema: rootSchema(resource) },
        },
      ],
    },
  };
}

function rootSchema({
  description,
  schema,
  requireSpec,
  statusDefault,
  rules,
}: Omit<Resource, 'names'>): Schema {
  const { properties } = structural(z.toJSONSchema(schema, { io: 'input' }) as Schema);
  const { spec, status } = properties as { spec: Schema; status: Schema };
  return {
    description,
    type: 'object',
    ...(requireSpec ? { required: ['spec'] } : {}),
    ...(rules.length > 0 ? validations(...rules) : {}),
    properties: {
      apiVersion: { type: 'string', description: 'The API version, heliograph.dev/v1alpha1.' },
      kind: { type: 'string', description: 'The kind of the object.' },
      metadata: { type: 'object' },
      spec,
      // Without a default the operator's first JSON patch would find no status to add to.
      status: { ...status, default: statusDefault },
    },
  };
}

/** JSON Schema to the structural subset that the API server takes. */
function structural(schema: Schema): Schema {
  const { $schema: _, additionalProperties, propertyNames: __, properties, items, ...rest } = schema;
  return {
    ...rest,
    ...(isSchema(additionalProperties) ? { additionalProperties: structural(additionalProperties) } : {}),
    // zod's looseObject: anything goes, and is kept.
    ...(isEmpty(additionalProperties) ? { 'x-kubernetes-preserve-unknown-fields': true } : {}),
    ...(isSchema(items) ? { items: structural(items) } : {}),
    ...(isSchema(properties)
      ? {
          properties: Object.fromEntries(
            Object.entries(properties).map(([name, one]) => [name, structural(one as Schema)]),
          ),
        }
      : {}),
    ...(rest['type'] === 'integer' ? { format: Number(rest['maximum']) > 2 ** 31 ? 'int64' : 'int32' } : {}),
  };
}

function isEmpty(value: Json | undefined): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

function isSchema(value: Json | undefined): value is Schema {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length > 0
  );
}
