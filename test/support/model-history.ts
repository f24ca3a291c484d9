// The part of the model that looks at how the objects became what they are: what their statuses implied, and what
// their ledgers said at which time.
import assert from 'node:assert/strict';
import type { History, Life } from './history.ts';
import type { Sighting } from './model-traffic.ts';

export type Witness = Pick<History, 'check' | 'life'>;

/** Of an Analysis' ledger, as the API server encodes it (I10). */
const maxLedgerBytes = 65_536;

/** I8 allows a second from when the operator has seen it; on a busy machine it may see it later than we do. */
const deletionMs = 5000;

/** I2, I4, I5, I7, I8 and I10 for what was sent by replicas that follow each other, and I6 for all there is. */
export function checkHistory(history: Witness, sightings: readonly Sighting[]): void {
  history.check();
  for (const [uid, told] of Map.groupBy(sightings, (sighting) => sighting.uid)) {
    const life = history.life(uid);
    assert.ok(life, `there was an analysis ${uid}`);
    checkImplied(life, told);
    checkTimes(life, told);
    checkRecords(life, told);
    checkEnd(life, told);
    for (const { ledger } of life.ledgers) {
      const bytes = encodedBytes(ledger);
      assert.ok(bytes <= maxLedgerBytes, `I10: a ledger of ${life.name} has ${bytes} bytes`);
    }
  }
}

/** I4: nothing is sent that no stored status ever implied. */
function checkImplied({ name, statuses }: Life, told: readonly Sighting[]): void {
  const started = statuses.filter(({ phase = 'Queued' }) => phase !== 'Queued');
  const peaks = started.map(({ phase, percentage = 0 }) => (phase === 'Success' ? 100 : percentage));
  const peak = Math.max(0, ...peaks);
  const ends = started.filter(({ phase }) => phase === 'Success' || phase === 'Failed');
  for (const { sequence, body, id } of told) {
    const what = `${id} of ${name} was implied: ${JSON.stringify(body)}`;
    assert.ok(started.length > 0, what);
    if (sequence === 1) assert.deepEqual([body.event_type, body.percentage], ['analysis.started', 0], what);
    else if (sequence === 11) {
      const [end] = ends;
      assert.ok(end !== undefined, what);
      const last = end.phase === 'Success' ? ['completed', 100] : ['failed', end.percentage ?? 0];
      assert.deepEqual([body.event_type, body.percentage], [`analysis.${last[0]}`, last[1]], what);
    } else {
      const percentage = (sequence - 1) * 10;
      assert.deepEqual([body.event_type, body.percentage], ['analysis.progress', percentage], what);
      assert.ok(percentage <= peak, what);
    }
  }
}

/** I2: once it is on record when an event was first seen, no later attempt says otherwise. */
function checkTimes({ ledgers }: Life, told: readonly Sighting[]): void {
  const recorded = new Map<number, { time: string; seenMs: number }>();
  for (const { ledger, seenMs } of ledgers)
    for (const { sequence, time } of ledger.events)
      if (!recorded.has(sequence)) recorded.set(sequence, { time, seenMs });
      else assert.equal(time, recorded.get(sequence)?.time, `the time of event ${sequence} stays`);
  for (const { sequence, startedMs, body, id } of told) {
    const record = recorded.get(sequence);
    if (record !== undefined && startedMs > record.seenMs)
      assert.equal(Date.parse(body.timestamp), Date.parse(record.time), `${id} has the time on record`);
  }
}

/** I5: what is on record as delivered, given up or superseded is not sent any more. */
function checkRecords({ ledgers }: Life, told: readonly Sighting[]): void {
  for (const { ledger, seenMs } of ledgers)
    for (const { name, deliveries } of ledger.endpoints)
      for (const { sequence, state } of deliveries)
        for (const one of told)
          if (state !== 'Owed' && one.path === `/${name}` && one.sequence === sequence)
            assert.ok(
              one.startedMs <= seenMs,
              `${one.id} is sent to ${name} though it is on record as ${state}`,
            );
}

/** I7 and I8: nothing is sent any more after the analysis was settled, or deleted. */
function checkEnd({ name, ledgers, deletedMs = Infinity }: Life, told: readonly Sighting[]): void {
  const settledMs = ledgers.find(({ ledger }) => ledger.state === 'Settled')?.seenMs ?? Infinity;
  for (const { id, startedMs } of told) {
    assert.ok(startedMs <= settledMs, `I7: ${id} is sent though ${name} is settled`);
    assert.ok(startedMs <= deletedMs + deletionMs, `I8: ${id} is sent though ${name} is deleted`);
  }
}

/** Go's encoder escapes what HTML might trip over. */
function encodedBytes(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value).replaceAll(/[<>&\u2028\u2029]/g, String.raw`\u0000`));
}
