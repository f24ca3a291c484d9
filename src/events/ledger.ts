// The ledger's transitions. All are pure and return the same object when nothing changes, so that a changed
// reference means something to write. Revisions are set when a write is made (patch.ts), not here.
import type { Delivery, GiveUpReason, LastResponse, Ledger, Subscription } from '../api/ledger.ts';
import { highestPercentage, lastRung, type Observed, type Rung } from './ladder.ts';
import { wantsType } from './subscription.ts';

/** What came of one attempt, in the ledger's terms. */
export interface AttemptRecord {
  readonly delivered: boolean;
  readonly response: LastResponse;
  /** RFC 3339; absent when delivered. */
  readonly nextAttemptTime?: string | undefined;
  /** The body was sent without the result. */
  readonly resultOmitted?: boolean;
}

/** A ledger before the subscription: nobody is in it, and it gathers what is reached meanwhile. */
export function emptyLedger(owner: string): Ledger {
  return {
    state: 'Active',
    revision: 1,
    epoch: 1,
    owner,
    highestPercentage: 0,
    lastSequence: 0,
    events: [],
    endpoints: [],
  };
}

/** A ledger with this subscription and nothing to tell yet. Without anyone subscribed it is settled at once. */
export function openLedger(subscriptions: readonly Subscription[], owner: string): Ledger {
  const state = subscriptions.length === 0 ? 'Settled' : 'Active';
  return { ...emptyLedger(owner), state, endpoints: [...subscriptions] };
}

/** Adds the rungs with the time they were first seen, owed to every endpoint that wants their type. */
export function climb(ledger: Ledger, rungs: readonly Rung[], observed: Observed, time: string): Ledger {
  if (rungs.length === 0 || ledger.state === 'Settled') return ledger;
  const endpoints = ledger.endpoints.map((endpoint) => {
    const wanted = rungs.filter(({ type }) => wantsType(endpoint.events, type));
    return wanted.length === 0
      ? endpoint
      : { ...endpoint, deliveries: [...endpoint.deliveries, ...wanted.map(owe)] };
  });
  return settleIfDone({
    ...ledger,
    highestPercentage: highestPercentage(ledger, observed),
    lastSequence: Math.max(ledger.lastSequence, ...rungs.map(({ sequence }) => sequence)),
    events: [...ledger.events, ...rungs.map((rung) => ({ ...rung, time }))],
    endpoints,
  });
}

/**
 * Records an attempt of the delivery owed under `response.sequence`. One that failed while another replica
 * recorded later ones is late and changes nothing: the count of attempts never goes back.
 */
export function recordAttempt(ledger: Ledger, endpointUid: string, attempt: AttemptRecord): Ledger {
  const { response, delivered, nextAttemptTime, resultOmitted = false } = attempt;
  const changed = changeDelivery(ledger, endpointUid, response.sequence, (delivery) => {
    if (!delivered && response.attempt <= delivery.attempts) return delivery;
    return {
      sequence: delivery.sequence,
      state: delivered ? 'Delivered' : 'Owed',
      attempts: Math.max(delivery.attempts, response.attempt),
      time: response.time,
      ...(response.statusCode === undefined ? {} : { statusCode: response.statusCode }),
      ...(nextAttemptTime === undefined ? {} : { nextAttemptTime }),
      ...(resultOmitted ? { resultOmitted } : {}),
    };
  });
  if (changed === ledger) return ledger;
  return settleIfDone({
    ...changed,
    ...(response.statusCode === undefined ? {} : { lastStatusCode: response.statusCode }),
    endpoints: changed.endpoints.map((one) =>
      one.uid === endpointUid ? { ...one, lastResponse: response } : one,
    ),
  });
}

/** Gives one owed delivery up. */
export function giveUp(ledger: Ledger, endpointUid: string, sequence: number, reason: GiveUpReason): Ledger {
  const changed = changeDelivery(ledger, endpointUid, sequence, (delivery) => {
    const { nextAttemptTime: _over, ...rest } = delivery;
    return { ...rest, state: 'GivenUp', reason };
  });
  return changed === ledger ? ledger : settleIfDone(changed);
}

/** A newer event was sent in place of an owed one, or there is no body for it. */
export function supersede(ledger: Ledger, endpointUid: string, sequence: number): Ledger {
  const changed = changeDelivery(ledger, endpointUid, sequence, ({ attempts }) => ({
    sequence,
    state: 'Superseded',
    attempts,
  }));
  return changed === ledger ? ledger : settleIfDone(changed);
}

export function owedCount(ledger: Pick<Ledger, 'endpoints'>, endpointUid?: string): number {
  let owed = 0;
  for (const { uid, deliveries } of ledger.endpoints) {
    if (endpointUid !== undefined && uid !== endpointUid) continue;
    for (const { state } of deliveries) if (state === 'Owed') owed++;
  }
  return owed;
}

function owe({ sequence }: Rung): Delivery {
  return { sequence, state: 'Owed', attempts: 0 };
}

/** Only what is owed changes: an acknowledgement that comes after giving up, or twice, alters no record. */
function changeDelivery(
  ledger: Ledger,
  endpointUid: string,
  sequence: number,
  change: (delivery: Delivery) => Delivery,
): Ledger {
  if (ledger.state === 'Settled') return ledger;
  const endpoint = ledger.endpoints.find(({ uid }) => uid === endpointUid);
  const owed = endpoint?.deliveries.find((one) => one.sequence === sequence && one.state === 'Owed');
  if (endpoint === undefined || owed === undefined) return ledger;
  const changed = change(owed);
  if (changed === owed) return ledger;
  const deliveries = endpoint.deliveries.map((one) => (one === owed ? changed : one));
  return {
    ...ledger,
    endpoints: ledger.endpoints.map((one) => (one === endpoint ? { ...one, deliveries } : one)),
  };
}

export function settleIfDone(ledger: Ledger): Ledger {
  const over = ledger.lastSequence === lastRung && owedCount(ledger) === 0;
  return over && ledger.state === 'Active' ? { ...ledger, state: 'Settled' } : ledger;
}
