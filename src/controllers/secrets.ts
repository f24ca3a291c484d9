// Reads Secrets and ConfigMaps by name, and keeps what it read for a minute. Nothing is listed or watched.
import type { KubeClient } from '../kube/client.ts';
import { isForbidden, isNotFound } from '../kube/errors.ts';
import { objectPath, type ResourceType } from '../kube/paths.ts';
import { objectAt } from '../kube/raw.ts';

export type Kind = 'Secret' | 'ConfigMap';

/** Entry → text. */
export type Entries = Readonly<Record<string, string>>;

/** What is asked for is not there, or not ours to read. The message is for whoever wrote the reference. */
export class MissingReferenceError extends Error {
  override readonly name = 'MissingReferenceError';
  readonly code = 'MISSING_REFERENCE';
}

const types: Readonly<Record<Kind, ResourceType>> = {
  Secret: { group: '', version: 'v1', plural: 'secrets', kind: 'Secret' },
  ConfigMap: { group: '', version: 'v1', plural: 'configmaps', kind: 'ConfigMap' },
};

const ttlMs = 60_000;

/** Of what is missing: who has just made it should not wait a minute. */
const missingTtlMs = 5000;

interface Read {
  readonly entries: Promise<Entries>;
  readonly until: number;
}

export class Secrets {
  readonly #client: Pick<KubeClient, 'get'>;
  readonly #now: () => number;
  readonly #reads = new Map<string, Read>();

  /** @param now ms of the monotonic clock */
  constructor(client: Pick<KubeClient, 'get'>, now: () => number = () => performance.now()) {
    this.#client = client;
    this.#now = now;
  }

  /** One entry. Rejects with MissingReferenceError, or as the client does. */
  async entry(kind: Kind, namespace: string, { name, key }: { name: string; key: string }): Promise<string> {
    const entries = await this.#read(kind, namespace, name);
    const entry = Object.hasOwn(entries, key) ? entries[key] : undefined;
    if (entry === undefined) throw new MissingReferenceError(`${kind} ${name} has no entry ${key}`);
    return entry;
  }

  /** Forgets what was read: a receiver has refused what it was sent. */
  forget(kind: Kind, namespace: string, name: string): void {
    this.#reads.delete(idOf(kind, namespace, name));
  }

  async #read(kind: Kind, namespace: string, name: string): Promise<Entries> {
    const id = idOf(kind, namespace, name);
    const known = this.#reads.get(id);
    if (known !== undefined && this.#now() < known.until) return await known.entries;
    this.#sweep();
    const entries = this.#load(kind, namespace, name);
    this.#reads.set(id, { entries, until: this.#now() + ttlMs });
    try {
      return await entries;
    } catch (error) {
      const until = error instanceof MissingReferenceError ? this.#now() + missingTtlMs : 0;
      if (this.#reads.get(id)?.entries === entries) this.#reads.set(id, { entries, until });
      throw error;
    }
  }

  async #load(kind: Kind, namespace: string, name: string): Promise<Entries> {
    try {
      const data = objectAt(await this.#client.get(objectPath(types[kind], namespace, name)), 'data');
      const entries = Object.entries(data).filter(
        (entry): entry is [string, string] => typeof entry[1] === 'string',
      );
      return Object.fromEntries(
        entries.map(([key, value]) => [
          key,
          kind === 'Secret' ? Buffer.from(value, 'base64').toString() : value,
        ]),
      );
    } catch (error) {
      if (isNotFound(error))
        throw new MissingReferenceError(`${kind} ${name} does not exist`, { cause: error });
      if (isForbidden(error))
        throw new MissingReferenceError(`the operator may not read ${kind} ${name}`, { cause: error });
      throw error;
    }
  }

  #sweep(): void {
    const now = this.#now();
    for (const [id, { until }] of this.#reads) if (until <= now) this.#reads.delete(id);
  }
}

function idOf(kind: Kind, namespace: string, name: string): string {
  return `${namespace}/${kind}/${name}`;
}
