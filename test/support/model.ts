// The invariants of delivery, checked from outside: what receivers saw against what the ledgers say.
import assert from 'node:assert/strict';
import type { Analysis } from '../../src/api/analysis.ts';
import type { LedgerEvent } from '../../src/api/ledger.ts';
import type { Exchange } from './interposer.ts';
import type { Receipt } from './journal.ts';
import { checkHistory, type Witness } from './model-history.ts';
import { checkCommits, type Sighting, sightingsOf } from './model-traffic.ts';

/** What else was seen of a run; the more, the more is checked. */
export interface Evidence {
  /** Of all analyses that receipts are about. Adds I4 (what was implied), I6, I7, I8 and I10. */
  history?: Witness;
  /** To the API server. Adds I4 (the commit comes first). */
  requests?: readonly Exchange[];
  /** To the receivers: which answers came through. */
  posts?: readonly Exchange[];
  /** How many processes ended without recording what they knew: each may repeat an event once (I5). */
  crashes?: number;
}

/**
 * I1 to I3 for analyses at rest, and what the evidence adds. The path of a receipt names the endpoint: `/NAME`.
 * @returns how many receipts repeated one that was acknowledged before
 */
export function checkInvariants(
  analyses: readonly Analysis[],
  receipts: readonly Receipt[],
  { history, requests, posts, crashes }: Evidence = {},
): number {
  const sightings = sightingsOf(receipts, posts);
  for (const analysis of analyses) checkRest(analysis);
  checkIdentity(receipts, crashes);
  checkReceipts(analyses, receipts);
  if (requests !== undefined) checkCommits(analyses, sightings, requests);
  if (history !== undefined) checkHistory(history, sightings);
  return countRepeats(sightings, crashes);
}

/** I1: at rest each subscribed endpoint has each wanted rung delivered, given up or superseded. */
function checkRest({ metadata: { name }, status: { delivery } }: Analysis): void {
  assert.ok(delivery, `${name} has a ledger`);
  assert.equal(delivery.state, 'Settled', `${name} is settled`);
  for (const { name: endpoint, events, deliveries } of delivery.endpoints) {
    const wanted: LedgerEvent[] = delivery.events.filter(({ type }) =>
      events.some((one) => one === 'analysis.*' || one === type),
    );
    assert.deepEqual(
      deliveries.map(({ sequence }) => sequence),
      wanted.map(({ sequence }) => sequence),
      `${name} has a delivery to ${endpoint} for each wanted event`,
    );
    for (const { sequence, state } of deliveries)
      assert.notEqual(state, 'Owed', `${name} owes ${sequence} to ${endpoint}`);
  }
}

/** I2: one id is one event for ever; to one endpoint its bodies differ in time at most, and only by crashes. */
function checkIdentity(receipts: readonly Receipt[], crashes: number | undefined): void {
  const byId = new Map<string, object>();
  const texts = new Map<string, string>();
  const times = new Map<string, Set<string>>();
  for (const { path, id, sequence, body, headers, text } of receipts) {
    const { timestamp, ...rest } = body;
    const event = { ...rest, type: headers['heliograph-event-type'], sequence };
    assert.deepEqual(event, byId.get(id) ?? event, `${id} names one event`);
    byId.set(id, event);
    assert.equal(Number(id.slice(id.lastIndexOf('-') + 1)), sequence, `${id} tells its sequence`);
    const key = `${path} ${id}`;
    const timeless = text.replace(JSON.stringify(timestamp), '""');
    assert.equal(timeless, texts.get(key) ?? timeless, `the body of ${key} is the same, byte by byte`);
    texts.set(key, timeless);
    times.set(key, (times.get(key) ?? new Set()).add(timestamp));
  }
  if (crashes === undefined) return;
  for (const [key, { size }] of times) assert.ok(size <= 1 + crashes, `${key} has ${size} times`);
}

/** I3: first receipts come in increasing sequence. I1 and I4: they are those that the ledger has. */
function checkReceipts(analyses: readonly Analysis[], receipts: readonly Receipt[]): void {
  for (const { metadata, status } of analyses) {
    for (const { name, deliveries } of status.delivery?.endpoints ?? []) {
      const received = receipts.filter(
        ({ path, id }) => path === `/${name}` && id.startsWith(`${metadata.uid}-`),
      );
      const first = [...new Set(received.map(({ sequence }) => sequence))];
      assert.deepEqual(
        first,
        first.toSorted((a, b) => a - b),
        `${metadata.name} reaches ${name} in order`,
      );
      const known = deliveries.map(({ sequence }) => sequence);
      for (const sequence of first)
        assert.ok(known.includes(sequence), `${metadata.name}-${sequence} is on record`);
      for (const { sequence, state } of deliveries)
        if (state === 'Delivered')
          assert.ok(first.includes(sequence), `${metadata.name}-${sequence} was received`);
    }
  }
}

/**
 * I5: what was acknowledged and came again. Each crash makes a receiver acknowledge an event once more; what comes again
 * and is refused, is tried again until then.
 */
function countRepeats(sightings: readonly Sighting[], crashes = Infinity): number {
  const acknowledged = new Map<string, number>();
  let repeats = 0;
  for (const { path, id, isAcknowledged } of sightings) {
    const key = `${path} ${id}`;
    const times = acknowledged.get(key) ?? 0;
    if (times > 0) repeats += 1;
    if (isAcknowledged) acknowledged.set(key, times + 1);
  }
  for (const [key, times] of acknowledged)
    assert.ok(times <= 1 + crashes, `${key} was acknowledged ${times} times with ${crashes} crashes`);
  return repeats;
}
