// The invariants of delivery, checked from outside: what receivers saw against what the ledgers say.
import assert from 'node:assert/strict';
import type { Analysis } from '../../src/api/analysis.ts';
import type { LedgerEvent } from '../../src/api/ledger.ts';
import type { Receipt } from './journal.ts';

/**
 * I1 to I4 for analyses at rest. The path of a receipt names the endpoint: `/NAME`.
 * @returns how many receipts repeated one that was acknowledged before
 */
export function checkInvariants(analyses: readonly Analysis[], receipts: readonly Receipt[]): number {
  for (const analysis of analyses) checkRest(analysis);
  checkIdentity(receipts);
  checkReceipts(analyses, receipts);
  return countRepeats(receipts);
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

/** I2: one id is one event for ever; its bodies differ in time at most. */
function checkIdentity(receipts: readonly Receipt[]): void {
  const byId = new Map<string, object>();
  for (const { id, sequence, body, headers } of receipts) {
    const { timestamp: _, ...rest } = body;
    const event = { ...rest, type: headers['heliograph-event-type'], sequence };
    assert.deepEqual(event, byId.get(id) ?? event, `${id} names one event`);
    byId.set(id, event);
  }
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

/** I5: what was acknowledged and came again. */
function countRepeats(receipts: readonly Receipt[]): number {
  const acknowledged = new Set<string>();
  let repeats = 0;
  for (const { path, id, status } of receipts) {
    const key = `${path} ${id}`;
    if (acknowledged.has(key)) repeats += 1;
    if (status !== undefined && status < 300) acknowledged.add(key);
  }
  return repeats;
}
