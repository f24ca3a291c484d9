// What the stand-in of the API server knows: ConfigMaps, their history, and what a list or a watch is told.

export interface StandInObject {
  metadata: { name: string; namespace: string; uid: string; resourceVersion: string; generation: number };
  data: unknown;
}

export interface Change {
  type: 'ADDED' | 'MODIFIED' | 'DELETED';
  object: StandInObject;
  version: number;
}

interface State {
  objects: ReadonlyMap<string, StandInObject>;
  changes: readonly Change[];
  version: number;
}

export class World {
  #state: State = { objects: new Map(), changes: [], version: 100 };
  #compacted = 0;
  #uids = 0;
  /** Of lists that somebody still pages through, by their version. */
  readonly #snapshots = new Map<number, readonly StandInObject[]>();
  readonly #watchers = new Set<(change: Change) => void>();

  get version(): number {
    return this.#state.version;
  }

  get objects(): StandInObject[] {
    return [...this.#state.objects.values()];
  }

  /** Watches that are open. */
  get watchers(): number {
    return this.#watchers.size;
  }

  /** Creates or changes an object. */
  set(name: string, data: unknown = {}, namespace = 'default'): void {
    const current = this.#state.objects.get(`${namespace}/${name}`)?.metadata;
    const uid = current?.uid ?? `uid-${(this.#uids += 1)}`;
    const generation = (current?.generation ?? 0) + 1;
    const metadata = { name, namespace, uid, resourceVersion: String(this.version + 1), generation };
    this.#commit(current === undefined ? 'ADDED' : 'MODIFIED', { metadata, data });
  }

  delete(name: string, namespace = 'default'): void {
    const object = this.#state.objects.get(`${namespace}/${name}`);
    if (object === undefined) return;
    const metadata = { ...object.metadata, resourceVersion: String(this.version + 1) };
    this.#commit('DELETED', { ...object, metadata });
  }

  /** A watch or a `continue` from before now is expired. */
  compact(): void {
    this.#compacted = this.version;
    this.#snapshots.clear();
  }

  backup(): State {
    return this.#state;
  }

  /** The versions since that backup will be given once more, to other changes. */
  restore(state: State): void {
    this.#state = state;
  }

  /** A page of a list of one namespace, or of all with ''; undefined when the token is expired. */
  page(namespace: string, token: string, limit: number): unknown {
    const [version = this.version, start = 0] = token === '' ? [] : token.split('-').map(Number);
    if (token === '') this.#snapshots.set(version, this.objects);
    const snapshot = this.#snapshots.get(version);
    if (snapshot === undefined) return undefined;
    const all = snapshot.filter((object) => isIn(namespace, object));
    const next = start + limit < all.length ? `${version}-${start + limit}` : undefined;
    return {
      metadata: { resourceVersion: String(version), continue: next },
      items: all.slice(start, start + limit),
    };
  }

  /**
   * Tells changes after a version, past ones at once; undefined when they are compacted. One that is yet to
   * come is no error: like the API server of Kubernetes 1.37, this one is then silent until it has passed.
   */
  follow(namespace: string, version: number, tell: (change: Change) => void): (() => void) | undefined {
    if (version < this.#compacted) return undefined;
    const watcher = (change: Change) => {
      if (change.version > version && isIn(namespace, change.object)) tell(change);
    };
    for (const change of this.#state.changes) watcher(change);
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  #commit(type: Change['type'], object: StandInObject): void {
    const version = this.version + 1;
    const objects = new Map(this.#state.objects);
    const key = `${object.metadata.namespace}/${object.metadata.name}`;
    if (type === 'DELETED') objects.delete(key);
    else objects.set(key, object);
    const change = { type, object, version };
    this.#state = { objects, changes: [...this.#state.changes, change], version };
    for (const watcher of this.#watchers) watcher(change);
  }
}

function isIn(namespace: string, object: StandInObject): boolean {
  return namespace === '' || namespace === object.metadata.namespace;
}
