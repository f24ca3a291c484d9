// `webhook-id`s: the same for every attempt, and never with a ".", which Standard Webhooks joins with what it signs.
import { createHash } from 'node:crypto';

/** Of an event. */
export function webhookId(analysisUid: string, sequence: number): string {
  return `${analysisUid}-${sequence}`;
}

/**
 * Of a ping: the same for one value of the annotation. Hashed, because a value can be as long as 256 KiB and hold
 * anything, and the id goes into a header and into status, where 64 bytes are the most.
 */
export function pingId(endpointUid: string, value: string): string {
  return `${endpointUid}-ping-${createHash('sha256').update(value).digest('hex').slice(0, 16)}`;
}
