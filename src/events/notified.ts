// The Notified condition of an Analysis, from its ledger.
import type { Analysis } from '../api/analysis.ts';
import { redeliverLabel } from '../api/group.ts';
import type { Ledger } from '../api/ledger.ts';
import { type Declined, maxSubscriptions, perJobName } from './subscription.ts';

/** Of a condition. */
const maxMessageLength = 1024;

export interface Notified {
  readonly type: 'Notified';
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: 'Delivered' | 'DeliveryFailed' | 'NotSubscribed' | 'OptedOut' | 'Delivering';
  readonly message: string;
}

/**
 * The message is steady while events are on their way, so that it costs no write of its own.
 * @param declined who did not want the analysis, as far as that is known
 */
export function notified(
  { spec }: Pick<Analysis, 'spec'>,
  ledger: Ledger,
  declined: readonly Declined[] = [],
): Notified {
  const type = 'Notified';
  const names = ledger.endpoints.map(({ name }) => name);
  if (names.length === 0) return toNobody(spec, declined);
  if (ledger.state === 'Active') {
    const where = names.every((name) => name === perJobName)
      ? 'status.delivery says what is owed and what was answered last.'
      : 'status.delivery says what is owed; the Delivering condition of a WebhookEndpoint says why.';
    return { type, status: 'Unknown', reason: 'Delivering', message: `Notifying ${list(names)}. ${where}` };
  }
  const failed = ledger.endpoints.filter(({ deliveries }) =>
    deliveries.some(({ state }) => state === 'GivenUp'),
  );
  if (failed.length > 0) {
    const message =
      `Events were given up for ${list(failed.map(({ name }) => name))}; status.delivery says which and why. ` +
      `The label ${redeliverLabel}=failed.X, with a new X, sends them again.`;
    return { type, status: 'False', reason: 'DeliveryFailed', message };
  }
  return {
    type,
    status: 'True',
    reason: 'Delivered',
    message: `Everything was delivered to ${list(names)}.`,
  };
}

function toNobody({ notifyViaWebhook }: Analysis['spec'], declined: readonly Declined[]): Notified {
  const reason = notifyViaWebhook ? 'NotSubscribed' : 'OptedOut';
  const what = notifyViaWebhook
    ? 'No enabled WebhookEndpoint of this namespace wanted this analysis when it started; later ones do not join.'
    : 'spec.notifyViaWebhook is false and no WebhookEndpoint takes all analyses.';
  const why = declined.length === 0 ? '' : ` ${list(declined.map((one) => `${one.name} ${one.why}`))}.`;
  return { type: 'Notified', status: 'False', reason, message: (what + why).slice(0, maxMessageLength) };
}

/** What EndpointLimitExceeded says of those that found no place. */
export function endpointLimitMessage(leftOut: readonly string[]): string {
  return (
    `More than ${maxSubscriptions} WebhookEndpoints wanted this analysis; the oldest ${maxSubscriptions} are notified. ` +
    `Left out: ${list(leftOut)}.`
  );
}

function list(names: readonly string[]): string {
  const shown = names.slice(0, 3).join(', ');
  return names.length > 3 ? `${shown} and ${names.length - 3} more` : shown;
}
