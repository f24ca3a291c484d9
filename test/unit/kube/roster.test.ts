// What a replica reads from the Leases: live ones count, others of another division are waited for, nonsense does no harm.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseLease } from '../../../src/kube/lease.ts';
import { Roster } from '../../../src/kube/roster.ts';

const seconds = 15;

/** @param more by name, such as `x-shard-0` */
function rosterOf(
  count: number,
  leases: Readonly<Record<string, { holder?: string; shards?: string }>>,
): Roster {
  const roster = new Roster({ name: 'x', identity: 'me', shards: count, durationMs: seconds * 1000 });
  for (const [name, { holder = '', shards = String(count) }] of Object.entries(leases))
    observe(roster, name, { holder, shards }, 0);
  return roster;
}

/** As it is renewed just now. */
function observe(
  roster: Roster,
  name: string,
  { holder, shards }: Record<'holder' | 'shards', string>,
  nowMs: number,
) {
  const metadata = { name, uid: name, resourceVersion: '1', labels: { 'heliograph.dev/shards': shards } };
  const spec = { holderIdentity: holder, leaseDurationSeconds: seconds, renewTime: String(nowMs) };
  roster.observe(parseLease({ metadata, spec }), nowMs);
}

test('a replica that waits for another division gets no room', () => {
  const roster = rosterOf(2, {
    'x-replica-me': { holder: 'me' },
    'x-replica-other': { holder: 'other', shards: '4' },
    'x-shard-0': { holder: 'me' },
  });
  assert.deepEqual(roster.nextStep([0], 1000), { kind: 'take', shard: 1 });
  assert.equal(roster.nextStep([0, 1], 1000), undefined, 'and nothing is given up for it');
});

test('whoever holds shards of another number goes first, until its Lease runs out', () => {
  const roster = rosterOf(2, {
    'x-replica-other': { holder: 'other', shards: '4' },
    'x-shard-3': { holder: 'other' },
  });
  assert.equal(roster.nextStep([], 1000), 'wait');
  assert.equal(roster.waitMs(1000), seconds * 1000 - 1000);
  assert.deepEqual(roster.nextStep([], seconds * 1000), { kind: 'take', shard: 0 });
});

test('where both have begun at once the smaller number yields', () => {
  const leases = {
    'x-replica-other': { holder: 'other', shards: '4' },
    'x-replica-me': { holder: 'me', shards: '2' },
    'x-shard-0': { holder: 'me' },
    'x-shard-3': { holder: 'other' },
  };
  assert.deepEqual(rosterOf(2, leases).nextStep([0], 1000), { kind: 'release', shard: 0 });
  const larger = rosterOf(4, { ...leases, 'x-replica-other': { holder: 'other', shards: '2' } });
  assert.equal(larger.nextStep([0], 1000), 'wait');
});

test('Leases of other names, and of replicas that are not there, are nobody', () => {
  const roster = rosterOf(2, {
    // Of a release that is called x-replica, and of something else altogether.
    'x-replica-replica-other': { holder: 'other' },
    'x-replica-shard-0': { holder: 'other' },
    'x-shard-one': { holder: 'other' },
    'kube-scheduler': { holder: 'other' },
    // Says it is somebody else.
    'x-replica-ghost': { holder: 'other' },
    // Made by hand: its holder is no replica.
    'x-shard-7': { holder: 'nobody', shards: '9' },
    'x-replica-me': { holder: 'me', shards: 'many' },
  });
  assert.deepEqual(roster.nextStep([], 0), { kind: 'take', shard: 0 });
  assert.deepEqual(roster.nextStep([0], 0), { kind: 'take', shard: 1 });
});

test('a shard that is ours without our knowing is free for us, and one that vanished is not for others', () => {
  const roster = rosterOf(3, { 'x-shard-0': { holder: 'other' }, 'x-shard-2': { holder: 'me' } });
  for (const name of ['x-shard-0', 'x-shard-2']) {
    const lease = roster.get(name);
    assert.ok(lease);
    roster.deleted(lease);
  }
  assert.deepEqual(roster.nextStep([1], 1000), { kind: 'take', shard: 2 });
  assert.equal(roster.nextStep([1, 2], 1000), undefined);
  assert.deepEqual(roster.nextStep([1, 2], seconds * 1000), { kind: 'take', shard: 0 });
});

test('a shard is taken in the place of one that does not come for it', () => {
  const roster = rosterOf(4, { 'x-replica-other': { holder: 'other' }, 'x-shard-3': {} });
  assert.deepEqual(roster.nextStep([0, 1], 1000), undefined);
  assert.equal(roster.waitMs(1000), 4500);
  // It has just come: for it, a dead one that had them is alive for longer.
  observe(roster, 'x-replica-other', { holder: 'other', shards: '4' }, 5000);
  assert.deepEqual(roster.nextStep([0, 1], 5500), { kind: 'take', shard: 2 });
  assert.deepEqual(roster.nextStep([0, 1, 2], 5500), { kind: 'take', shard: 3 });
  assert.deepEqual(roster.nextStep([0, 1, 2, 3], 5500), { kind: 'release', shard: 3 });
});

test('one that has gone silent is left no room, and keeps what it has until its Lease runs out', () => {
  const roster = rosterOf(4, { 'x-replica-other': { holder: 'other' }, 'x-shard-0': { holder: 'other' } });
  assert.deepEqual(roster.nextStep([1, 2], 4000), undefined);
  assert.deepEqual(roster.nextStep([1, 2], 4500), { kind: 'take', shard: 3 });
  assert.equal(roster.nextStep([1, 2, 3], 14_999), undefined);
  assert.deepEqual(roster.nextStep([1, 2, 3], 15_000), { kind: 'take', shard: 0 });
});

test('what the dead have left behind is named after a while, and what is needed never', () => {
  const roster = rosterOf(2, {
    'x-replica-dead': { holder: 'dead' },
    'x-shard-1': { holder: 'dead' },
    'x-shard-2': {},
    'kube-scheduler': { holder: 'dead' },
  });
  const names = (nowMs: number) => roster.abandoned(nowMs).map(({ metadata }) => metadata.name);
  assert.deepEqual(names(seconds * 20_000), []);
  assert.deepEqual(names(seconds * 22_000), ['x-replica-dead', 'x-shard-2']);
});
