// Notes what the handlers of a mirror or a reflector are told.
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { ReflectorHandlers } from '../../src/kube/reflector.ts';
import { objectAt, textAt } from '../../src/kube/raw.ts';
import { keyOf, type Store, type StoredObject } from '../../src/kube/store.ts';

/** Handlers that note what they are told; the test fails if that does not fit what they were told before. */
export class Told<T extends StoredObject> implements ReflectorHandlers<T> {
  /** Such as `upsert default/a`. */
  readonly log: string[] = [];
  readonly #store: Store<T>;
  readonly #known = new Map<string, T>();
  /** Kept until the end of the test: what a handler throws is only logged. */
  readonly #contradictions: string[] = [];

  constructor(t: TestContext, store: Store<T>) {
    this.#store = store;
    t.after(() => assert.deepEqual(this.#contradictions, []));
  }

  /** The same objects as the store, if nothing was forgotten. */
  get known(): Iterable<T> {
    return this.#known.values();
  }

  upsert(object: T, previous: T | undefined): void {
    const key = keyOf(object);
    this.log.push(`upsert ${key}`);
    this.#expect(previous === this.#known.get(key), `the previous ${key} is not what was told before`);
    const uid = previous?.metadata.uid ?? object.metadata.uid;
    this.#expect(uid === object.metadata.uid, `the previous ${key} has another uid`);
    this.#expect(this.#store.get(key) === object, `the store does not have ${key} when it is told`);
    this.#known.set(key, object);
  }

  delete(object: T): void {
    const key = keyOf(object);
    this.log.push(`delete ${key}`);
    this.#expect(this.#store.get(key) === undefined, `the store still has ${key} when its end is told`);
    this.#known.delete(key);
  }

  unparsable(raw: unknown): void {
    const metadata = objectAt(raw, 'metadata');
    this.log.push(`unparsable ${textAt(metadata, 'namespace')}/${textAt(metadata, 'name')}`);
  }

  synced(): void {
    this.log.push('synced');
  }

  #expect(holds: boolean, contradiction: string): void {
    if (!holds) this.#contradictions.push(contradiction);
  }
}
