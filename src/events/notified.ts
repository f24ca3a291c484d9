// The Notified condition of an Analysis, from its ledger.
import type { Analysis } from '../api/analysis.ts';
import type { Ledger } from '../api/ledger.ts';
import { maxSubscriptions } from './subscription.ts';

export interface Notified {
  readonly type: 'Notified';
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: 'Delivered' | 'DeliveryFailed' | 'NotSubscribed' | 'OptedOut' | 'Delivering';
  readonly message: string;
}

/** The message is steady while events are on their way, so that it costs no write of its own. */
export function notified({ spec }: Pick<Analysis, 'spec'>, ledger: Ledger): Notified {
  const type = 'Notified';
  const names = ledger.endpoints.map(({ name }) => name);
  if (names.length === 0) {
    return spec.notifyViaWebhook
      ? {
          type,
          status: 'False',
          reason: 'NotSubscribed',
          message:
            'No enabled WebhookEndpoint of this namespace wanted this analysis when it started; later ones do not join.',
        }
      : {
          type,
          status: 'False',
          reason: 'OptedOut',
          message: 'spec.notifyViaWebhook is false and no WebhookEndpoint takes all analyses.',
        };
  }
  if (ledger.state === 'Active') {
    return { type, status: 'Unknown', reason: 'Delivering', message: `Notifying ${list(names)}.` };
  }
  const failed = ledger.endpoints.filter(({ deliveries }) =>
    deliveries.some(({ state }) => state === 'GivenUp'),
  );
  if (failed.length > 0) {
    const message = `Events were given up for ${list(failed.map(({ name }) => name))}; status.delivery says which and why.`;
    return { type, status: 'False', reason: 'DeliveryFailed', message };
  }
  return {
    type,
    status: 'True',
    reason: 'Delivered',
    message: `Everything was delivered to ${list(names)}.`,
  };
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
