// The objects of one type as last seen, by `namespace/name` and by namespace.

export interface ObjectMeta {
  name: string;
  /** '' for an object of the whole cluster. */
  namespace: string;
  uid: string;
  /** Opaque: compare it for equality only. */
  resourceVersion: string;
  generation?: number | undefined;
  creationTimestamp?: string | undefined;
  labels?: Readonly<Record<string, string>> | undefined;
  annotations?: Readonly<Record<string, string | undefined>> | undefined;
}

/** What the store and the reflector need of an object. */
export interface StoredObject {
  metadata: ObjectMeta;
}

/** `namespace/name`. */
export function keyOf(object: { metadata: Pick<ObjectMeta, 'namespace' | 'name'> }): string {
  return `${object.metadata.namespace}/${object.metadata.name}`;
}

/** Filled by one reflector, read by everybody. */
export class Store<T extends StoredObject> {
  readonly #objects = new Map<string, T>();
  readonly #byNamespace = new Map<string, Map<string, T>>();

  get size(): number {
    return this.#objects.size;
  }

  /** How many there are in the namespaces that are wanted. */
  count(isWanted: (namespace: string) => boolean): number {
    let count = 0;
    for (const [namespace, objects] of this.#byNamespace) if (isWanted(namespace)) count += objects.size;
    return count;
  }

  get(key: string): T | undefined {
    return this.#objects.get(key);
  }

  values(): Iterable<T> {
    return this.#objects.values();
  }

  byNamespace(namespace: string): Iterable<T> {
    return this.#byNamespace.get(namespace)?.values() ?? [];
  }

  set(object: T): void {
    const key = keyOf(object);
    const { namespace } = object.metadata;
    const siblings = this.#byNamespace.get(namespace) ?? new Map<string, T>();
    this.#byNamespace.set(namespace, siblings.set(key, object));
    this.#objects.set(key, object);
  }

  delete(key: string): void {
    const object = this.#objects.get(key);
    if (object === undefined) return;
    this.#objects.delete(key);
    const { namespace } = object.metadata;
    const siblings = this.#byNamespace.get(namespace);
    siblings?.delete(key);
    if (siblings?.size === 0) this.#byNamespace.delete(namespace);
  }
}
