// Applies what was listed and watched to a store and tells its handlers; nothing that one object does to it
// stops it.
import type { Log } from './log.ts';
import { isObject, numberAt, objectAt, textAt } from './raw.ts';
import { keyOf, type Store, type StoredObject } from './store.ts';

export interface ReflectorHandlers<T> {
  /** The store already has the object. `previous` has the same uid: a new uid is a delete first. */
  upsert(object: T, previous: T | undefined): void;
  /**
   * With the object as last known; the store no longer has it. `resourceVersion` is that of the deletion; undefined
   * where a list has shown that it is gone, or another object has its name.
   */
  delete(object: T, resourceVersion: string | undefined): void;
  /** An object that `parse` threw for, once per generation. A version known before stays in the store. */
  unparsable?(raw: unknown, error: unknown): void;
  /** After the first complete list. */
  synced?(): void;
}

/** So many objects that cannot be parsed are remembered as told; then all are forgotten. */
const maxRemembered = 1000;

export class Mirror<T extends StoredObject> {
  readonly #parse: (raw: unknown) => T;
  readonly #store: Store<T>;
  readonly #namespace: string | undefined;
  readonly #handlers: ReflectorHandlers<T>;
  readonly #log: Log;
  /** The generation by uid of what was told as not parsable. */
  readonly #told = new Map<string, number>();

  constructor(options: {
    parse: (raw: unknown) => T;
    store: Store<T>;
    /** Whose objects this mirror has; all of the store where absent. */
    namespace?: string | undefined;
    handlers: ReflectorHandlers<T>;
    log: Log;
  }) {
    this.#parse = options.parse;
    this.#store = options.store;
    this.#namespace = options.namespace;
    this.#handlers = options.handlers;
    this.#log = options.log;
  }

  /** ADDED, MODIFIED, or listed. Returns the key, also where the object cannot be parsed and the old one stays. */
  upsert(raw: unknown): string {
    const object = this.#parsed(raw);
    if (object === undefined) return this.#keepOlder(raw);
    const key = keyOf(object);
    const previous = this.#store.get(key);
    if (previous !== undefined && previous.metadata.uid !== object.metadata.uid) {
      // Deleted and made anew while nobody looked.
      this.#remove(key, previous);
      this.#put(key, object, undefined);
    } else if (previous?.metadata.resourceVersion !== object.metadata.resourceVersion) {
      this.#put(key, object, previous);
    }
    return key;
  }

  /** DELETED. One that was never known is told all the same: with a field selector it may have been ours. */
  delete(raw: unknown): void {
    const key = rawKeyOf(raw);
    const object = this.#store.get(key) ?? this.#parsed(raw);
    this.#told.delete(textAt(objectAt(raw, 'metadata'), 'uid'));
    const resourceVersion = textAt(objectAt(raw, 'metadata'), 'resourceVersion');
    if (object !== undefined) this.#remove(key, object, resourceVersion === '' ? undefined : resourceVersion);
  }

  /** After a complete list: what it did not contain is gone. */
  retain(listed: ReadonlySet<string>): void {
    const ours =
      this.#namespace === undefined ? this.#store.values() : this.#store.byNamespace(this.#namespace);
    for (const object of ours) {
      const key = keyOf(object);
      if (!listed.has(key)) this.#remove(key, object);
    }
  }

  synced(): void {
    this.#tell('synced', '', () => this.#handlers.synced?.());
  }

  /** Returns the key. An object made anew has no older version: what had its name is gone. */
  #keepOlder(raw: unknown): string {
    const key = rawKeyOf(raw);
    const previous = this.#store.get(key);
    const uid = textAt(objectAt(raw, 'metadata'), 'uid');
    if (previous !== undefined && previous.metadata.uid !== uid) this.#remove(key, previous);
    return key;
  }

  #put(key: string, object: T, previous: T | undefined): void {
    this.#store.set(object);
    this.#tell('upsert', key, () => this.#handlers.upsert(object, previous));
  }

  #remove(key: string, object: T, resourceVersion?: string): void {
    this.#store.delete(key);
    this.#tell('delete', key, () => this.#handlers.delete(object, resourceVersion));
  }

  #tell(handler: string, key: string, call: () => void): void {
    try {
      call();
    } catch (error) {
      this.#log('error', 'handler failed', { handler, key, error: String(error) });
    }
  }

  #parsed(raw: unknown): T | undefined {
    try {
      return this.#parse(raw);
    } catch (error) {
      this.#tellOnce(raw, error);
      return undefined;
    }
  }

  #tellOnce(raw: unknown, error: unknown): void {
    const metadata = objectAt(raw, 'metadata');
    const uid = textAt(metadata, 'uid');
    const generation = numberAt(metadata, 'generation') ?? 0;
    if (this.#told.get(uid) === generation) return;
    if (this.#told.size >= maxRemembered) this.#told.clear();
    this.#told.set(uid, generation);
    const key = isObject(raw) ? rawKeyOf(raw) : '';
    this.#log('error', 'object cannot be parsed', { key, uid, generation, error: String(error) });
    this.#tell('unparsable', key, () => this.#handlers.unparsable?.(raw, error));
  }
}

function rawKeyOf(raw: unknown): string {
  const metadata = objectAt(raw, 'metadata');
  return keyOf({ metadata: { namespace: textAt(metadata, 'namespace'), name: textAt(metadata, 'name') } });
}
