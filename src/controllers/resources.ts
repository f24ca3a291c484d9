// Heliograph's resources as the client core sees them: their paths, and how what the API server sends is read.
import type { z } from 'zod';
import { type Analysis, storedAnalysis } from '../api/analysis.ts';
import { analyses, group, version, webhookEndpoints } from '../api/group.ts';
import {
  namedObject,
  storedWebhookEndpoint,
  type WebhookEndpoint,
  type WebhookEndpointStatus,
} from '../api/webhook-endpoint.ts';
import type { EventRecord } from '../kube/event-recorder.ts';
import type { ResourceType } from '../kube/paths.ts';
import { objectAt } from '../kube/raw.ts';

export const analysisType: ResourceType = { group, version, plural: analyses.plural, kind: analyses.kind };

export const endpointType: ResourceType = {
  group,
  version,
  plural: webhookEndpoints.plural,
  kind: webhookEndpoints.kind,
};

/** A WebhookEndpoint as it was read. Without `endpoint` it does not fit the schema, and `problem` says why. */
export interface ObservedEndpoint {
  readonly metadata: WebhookEndpoint['metadata'];
  readonly endpoint?: WebhookEndpoint;
  /** Absent where it does not fit either. */
  readonly status: WebhookEndpointStatus | undefined;
  readonly problem?: string;
}

/** Throws for what is no Kubernetes object at all. */
export function parseEndpoint(raw: unknown): ObservedEndpoint {
  const { success, data: endpoint, error } = storedWebhookEndpoint.safeParse(raw);
  if (success) return { metadata: endpoint.metadata, endpoint, status: endpoint.status };
  const { metadata } = namedObject.parse(raw);
  const status = storedWebhookEndpoint.shape.status.safeParse(objectAt(raw, 'status')).data;
  return { metadata, status, problem: firstProblem(error) };
}

/** Throws for what does not fit the schema. */
export function parseAnalysis(raw: unknown): Analysis {
  const parsed = storedAnalysis.safeParse(raw);
  if (parsed.success) return parsed.data;
  throw new Error(firstProblem(parsed.error));
}

/** The conditions of an Analysis that does not fit the schema, as far as they fit it. */
export function conditionsOf(raw: unknown): Analysis['status']['conditions'] {
  const { conditions } = storedAnalysis.shape.status.unwrap().shape;
  return conditions.safeParse(objectAt(raw, 'status')['conditions']).data;
}

/** What a Kubernetes Event is about. */
export function regarding(
  { kind }: ResourceType,
  { namespace, name, uid }: { namespace: string; name: string; uid: string },
): EventRecord['object'] {
  return { apiVersion: `${group}/${version}`, kind, namespace, name, uid };
}

function firstProblem({ issues }: z.ZodError): string {
  const [issue] = issues;
  return issue === undefined ? 'does not fit the schema' : `${issue.path.join('.')}: ${issue.message}`;
}
