// The patch by which a ledger is written, applied here as the API server applies it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import * as fc from 'fast-check';
import type { Condition } from '../../../src/api/fields.ts';
import type { Ledger } from '../../../src/api/ledger.ts';
import { openLedger } from '../../../src/events/ledger.ts';
import {
  type LedgerWrite,
  ledgerPatch,
  nextRevision,
  type PatchOperation,
} from '../../../src/events/patch.ts';
import { happenings, live, opened, paths, see, timeAt } from './samples.ts';

type Json = null | boolean | number | string | Json[] | JsonObject;
interface JsonObject {
  [name: string]: Json;
}

interface Status {
  readonly delivery?: Ledger | undefined;
  readonly conditions?: readonly Condition[] | undefined;
  readonly percentage?: number;
}

class TestFailed extends Error {}

const jsonOf = (value: unknown) => JSON.parse(JSON.stringify(value)) as Json;

/**
 * RFC 6902 as far as ledger patches need it. As with the API server, a test for null passes where there is
 * nothing at all.
 */
function apply(object: Json, patch: readonly PatchOperation[]): Json {
  const result = structuredClone(object);
  for (const { op, path, value } of jsonOf(patch) as unknown as PatchOperation[]) {
    const keys = path
      .split('/')
      .slice(1)
      .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
    const last = keys.pop() ?? '';
    const parent = keys.reduce<Json | undefined>(member, result);
    const current = member(parent, last);
    if (op === 'test') {
      if (!isDeepStrictEqual(current ?? null, value)) throw new TestFailed(path);
    } else if (op === 'replace' && current === undefined) throw new Error(`nothing to replace: ${path}`);
    else set(parent, last, value as Json, op);
  }
  return result;
}

function member(parent: Json | undefined, key: string): Json | undefined {
  if (Array.isArray(parent)) return parent[Number(key)];
  return typeof parent === 'object' && parent !== null && Object.hasOwn(parent, key)
    ? parent[key]
    : undefined;
}

function set(parent: Json | undefined, key: string, value: Json, op: 'add' | 'replace'): void {
  if (Array.isArray(parent))
    parent.splice(key === '-' ? parent.length : Number(key), op === 'add' ? 0 : 1, value);
  else if (typeof parent === 'object' && parent !== null) parent[key] = value;
  else throw new Error(`nowhere to put ${key}`);
}

const uid = 'uid-of-run-1';
const objectOf = (status: Status, objectUid = uid) =>
  jsonOf({ metadata: { uid: objectUid }, status: { phase: 'Analyzing', ...status } });

function statusOf(object: Json): Status {
  return (object as unknown as { status: Status }).status;
}

const conditionOf = (type: string, status: Condition['status'], message = 'm'): Condition => ({
  type,
  status,
  reason: 'Testing',
  message,
  lastTransitionTime: timeAt(0),
});

/** The write after `stored`, by a replica that has read these conditions. */
function writeOf(stored: Ledger | undefined, ledger: Ledger, over: Partial<LedgerWrite> = {}): LedgerWrite {
  const next = nextRevision(stored, ledger, ledger.owner);
  return { uid, stored, ledger: next, storedConditions: undefined, conditions: [], ...over };
}

const delivering = conditionOf('Notified', 'Unknown');
const delivered = conditionOf('Notified', 'True');
const exceeded = conditionOf('EndpointLimitExceeded', 'True');
const foreign = conditionOf('Foreign', 'True');

test('the first write carries revision 1, every later one the next revision under the same epoch', () => {
  assert.deepEqual(nextRevision(undefined, opened, 'replica-1'), { ...opened, revision: 1, epoch: 1 });
  const stored = { ...opened, revision: 41, epoch: 3 };
  const ledger = see(opened, { phase: 'Analyzing' });
  assert.deepEqual(nextRevision(stored, ledger, 'replica-1'), { ...ledger, revision: 42, epoch: 3 });
});

test('the first write of another owner begins the next epoch, and names it', () => {
  const stored = { ...opened, revision: 41, epoch: 3 };
  const taken = { ...opened, revision: 42, epoch: 4, owner: 'replica-2' };
  assert.deepEqual(nextRevision(stored, opened, 'replica-2'), taken);
  assert.deepEqual(nextRevision(taken, opened, 'replica-2'), { ...taken, revision: 43 });
});

function conditionsAfter(stored: readonly Condition[] | undefined, conditions: readonly Condition[]) {
  const write = writeOf(undefined, opened, { storedConditions: stored, conditions });
  return statusOf(apply(objectOf({ conditions: stored }), ledgerPatch(write))).conditions;
}

test('a condition is added where there was none, and replaced among others', () => {
  assert.deepEqual(conditionsAfter(undefined, [delivering, exceeded]), [delivering, exceeded]);
  assert.deepEqual(conditionsAfter([], [delivering]), [delivering]);
  assert.deepEqual(conditionsAfter([foreign], [delivering]), [foreign, delivering]);
  assert.deepEqual(conditionsAfter([foreign, delivering, exceeded], [delivered]), [
    foreign,
    delivered,
    exceeded,
  ]);
  assert.deepEqual(conditionsAfter([foreign, delivering], [delivered, exceeded]), [
    foreign,
    delivered,
    exceeded,
  ]);
  assert.equal(conditionsAfter(undefined, []), undefined);
});

test('a condition that did not change takes no operation', () => {
  const write = { storedConditions: [foreign, delivering], conditions: [delivering] };
  const paths = ledgerPatch(writeOf(opened, opened, write)).map(({ path }) => path);
  assert.deepEqual(paths, [
    '/metadata/uid',
    '/status/delivery/revision',
    '/status/delivery/epoch',
    '/status/delivery',
  ]);
});

test('it fails where somebody has moved, removed or first written the conditions since', () => {
  const replacing = ledgerPatch(
    writeOf(opened, opened, { storedConditions: [foreign, delivering], conditions: [delivered] }),
  );
  for (const conditions of [[delivering, foreign], [foreign], undefined])
    assert.throws(() => apply(objectOf({ delivery: opened, conditions }), replacing), TestFailed);
  const adding = ledgerPatch(writeOf(opened, opened, { conditions: [delivering] }));
  assert.throws(() => apply(objectOf({ delivery: opened, conditions: [foreign] }), adding), TestFailed);
});

test('it fails on another object under the same name, and where the ledger is gone', () => {
  for (const stored of [undefined, opened]) {
    const patch = ledgerPatch(writeOf(stored, opened));
    assert.throws(() => apply(objectOf({ delivery: stored }, 'uid-of-another'), patch), TestFailed);
  }
  assert.throws(() => apply(objectOf({}), ledgerPatch(writeOf(opened, opened))), TestFailed);
});

test('it fails where another replica has taken the object over, even under the same revision', () => {
  const patch = ledgerPatch(writeOf(opened, opened));
  assert.throws(() => apply(objectOf({ delivery: { ...opened, epoch: 2 } }), patch), TestFailed);
});

const conditionLists = fc.option(fc.subarray([foreign, delivering, exceeded]), { nil: undefined });

interface Scene {
  readonly stored: Ledger | undefined;
  readonly ours: Ledger;
  readonly theirs: Ledger;
  readonly conditions: readonly Condition[] | undefined;
}

/** A ledger as stored, or none yet, and what two replicas want to write after it. */
const scenes: fc.Arbitrary<Scene> = fc
  .tuple(paths('any'), happenings, happenings, happenings, conditionLists, fc.nat({ max: 1000 }))
  .map(([path, before, mine, others, conditions, revision]) => {
    const known = live(opened, path, before).at(-1) ?? opened;
    return {
      stored: revision === 0 ? undefined : { ...known, revision },
      ours: live(known, path, mine).at(-1) ?? known,
      theirs: live(known, path, others, 1000).at(-1) ?? known,
      conditions,
    };
  });

const ownPatch = ({ stored, ours, conditions }: Scene) =>
  ledgerPatch(writeOf(stored, ours, { storedConditions: conditions, conditions: [delivered] }));

test('applied, it gives the ledger asked for and our condition, and leaves what the worker wrote meanwhile', () => {
  fc.assert(
    fc.property(scenes, (scene) => {
      const { stored, ours, conditions } = scene;
      const written = objectOf({ delivery: stored, conditions, percentage: 77 });
      const status = statusOf(apply(written, ownPatch(scene)));
      const kept = (conditions ?? []).filter(({ type }) => type !== 'Notified');
      assert.deepEqual(status.delivery, jsonOf(nextRevision(stored, ours, ours.owner)));
      assert.equal(status.percentage, 77);
      assert.deepEqual(
        status.conditions?.filter(({ type }) => type !== 'Notified'),
        kept,
      );
      assert.deepEqual(
        status.conditions?.filter(({ type }) => type === 'Notified'),
        [delivered],
      );
    }),
  );
});

test('it fails where another replica has written in between, the very first write included', () => {
  fc.assert(
    fc.property(scenes, fc.integer({ min: 1, max: 3 }), (scene, writes) => {
      let delivery = scene.stored;
      for (let count = 0; count < writes; count++)
        delivery = nextRevision(delivery, scene.theirs, 'replica-2');
      const object = objectOf({ delivery, conditions: scene.conditions });
      assert.throws(() => apply(object, ownPatch(scene)), TestFailed);
    }),
  );
});

test('a subscription that another replica has committed first, even of nobody, is not replaced', () => {
  const nobody = nextRevision(undefined, openLedger([], 'replica-2'), 'replica-2');
  const patch = ledgerPatch(writeOf(undefined, opened));
  assert.throws(() => apply(objectOf({ delivery: nobody }), patch), TestFailed);
});
