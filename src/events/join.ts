// Joins our view of a ledger with the stored one, after another replica has written it. Whoever committed
// first decided the subscription and the times; outcomes are facts and add up.
import type { Delivery, Ledger, LedgerEvent, Subscription } from '../api/ledger.ts';
import { lastRung } from './ladder.ts';
import { settleIfDone } from './ledger.ts';
import { wantsType } from './subscription.ts';

/** The stored ledger with what ours knows beyond it; the stored one itself when that is nothing. */
export function joinLedgers(stored: Ledger, ours: Ledger): Ledger {
  // Nothing is told after the end: a lower rung would come after the last. Outcomes still count.
  const missing =
    stored.state === 'Settled' || stored.lastSequence === lastRung
      ? []
      : ours.events.filter((event) => !stored.events.some(({ sequence }) => sequence === event.sequence));
  const events = missing.length === 0 ? stored.events : [...stored.events, ...missing].toSorted(bySequence);
  // Between two redeliveries an older end says nothing of what is owed again.
  const known = stored.lastHandledRedeliver === ours.lastHandledRedeliver ? ours.endpoints : [];
  const endpoints = stored.endpoints.map((one) =>
    joinSubscriptions(
      one,
      known.find(({ uid }) => uid === one.uid),
      missing,
    ),
  );
  if (missing.length === 0 && endpoints.every((one, index) => one === stored.endpoints[index])) return stored;
  const lastStatusCode = ours.lastStatusCode ?? stored.lastStatusCode;
  return settleIfDone({
    ...stored,
    highestPercentage: Math.max(stored.highestPercentage, ours.highestPercentage),
    lastSequence: Math.max(stored.lastSequence, ours.lastSequence),
    ...(lastStatusCode === undefined ? {} : { lastStatusCode }),
    events,
    endpoints,
  });
}

/** Every missing event that this endpoint wants is owed to it, whether or not we knew the endpoint. */
function joinSubscriptions(
  stored: Subscription,
  ours: Subscription | undefined,
  missing: readonly LedgerEvent[],
): Subscription {
  const owed = missing
    .filter(({ type }) => wantsType(stored.events, type))
    .map(({ sequence }): Delivery => ({ sequence, state: 'Owed', attempts: 0 }));
  const known = owed.length === 0 ? stored.deliveries : [...stored.deliveries, ...owed].toSorted(bySequence);
  const deliveries = known.map((one) =>
    further(
      one,
      ours?.deliveries.find(({ sequence }) => sequence === one.sequence),
    ),
  );
  const ourResponse = ours?.lastResponse;
  const newer =
    ourResponse !== undefined &&
    (stored.lastResponse === undefined || ourResponse.time > stored.lastResponse.time);
  if (owed.length === 0 && !newer && deliveries.every((one, index) => one === stored.deliveries[index]))
    return stored;
  return { ...stored, deliveries, ...(newer ? { lastResponse: ourResponse } : {}) };
}

const finality = { Delivered: 2, GivenUp: 1, Superseded: 1, Owed: 0 } as const;

/** Of two records of one delivery the one that knows more. An acknowledgement outweighs all else. */
function further(stored: Delivery, ours: Delivery | undefined): Delivery {
  if (ours === undefined) return stored;
  const difference = finality[ours.state] - finality[stored.state];
  return difference > 0 || (difference === 0 && ours.attempts > stored.attempts) ? ours : stored;
}

function bySequence(a: { sequence: number }, b: { sequence: number }): number {
  return a.sequence - b.sequence;
}
