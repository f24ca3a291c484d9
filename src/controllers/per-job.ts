// The URL that an analysis brings itself, as an endpoint that nobody has to create.
import type { Analysis } from '../api/analysis.ts';
import { storedWebhookEndpoint, type WebhookEndpoint } from '../api/webhook-endpoint.ts';
import { perJobName } from '../events/subscription.ts';

/** One POST at the end, 10 s to answer, only 200 counts, five retries; unsigned and without a circuit. */
const delivery = { timeoutSeconds: 10, maxAttempts: 6, successStatus: 'Only200' };

/** Throws for an analysis without such a URL. */
export function perJobEndpoint({ metadata, spec: { webhookUrl } }: Analysis): WebhookEndpoint {
  const { uid, namespace, resourceVersion, creationTimestamp } = metadata;
  return storedWebhookEndpoint.parse({
    metadata: { name: perJobName, uid, namespace, resourceVersion, creationTimestamp, generation: 1 },
    spec: { url: webhookUrl, format: 'JobResult', delivery },
  });
}
