// The WebhookEndpoints as known here: the cache that a watch keeps, and what a quorum list showed before the
// watch did.
import type { WebhookEndpoint } from '../api/webhook-endpoint.ts';
import type { KubeClient, ObjectList } from '../kube/client.ts';
import { collectionPath } from '../kube/paths.ts';
import { keyOf, Store } from '../kube/store.ts';
import { endpointType, type ObservedEndpoint, parseEndpoint } from './resources.ts';
import { SharedList } from './shared-list.ts';

/** A watch that is this late has been restarted by then, with a list. */
const learnedTtlMs = 60_000;

const pageSize = 500;

/** Uids of deleted endpoints that are remembered; a list that was under way when one was deleted has it still. */
const maxDeleted = 10_000;

export class Endpoints {
  /** Written by the reflector. */
  readonly store = new Store<ObservedEndpoint>();
  readonly #client: Pick<KubeClient, 'list'>;
  readonly #learned = new Map<string, { observed: ObservedEndpoint; at: number }>();
  readonly #deleted = new Set<string>();
  readonly #lists: SharedList<readonly ObservedEndpoint[]>;

  constructor(client: Pick<KubeClient, 'list'>) {
    this.#client = client;
    this.#lists = new SharedList((namespace) => this.#list(namespace));
  }

  /** The endpoint with this very uid; undefined where none is known, of which only `confirm` can be sure. */
  find(namespace: string, name: string, uid: string): ObservedEndpoint | undefined {
    const cached = this.store.get(`${namespace}/${name}`);
    const learned = this.#learnedOf(uid);
    if (cached?.metadata.uid !== uid) return learned;
    const isNewer = (learned?.metadata.generation ?? 0) > (cached.metadata.generation ?? 0);
    return isNewer ? learned : cached;
  }

  /** Asks the API server itself. Rejects when it cannot be asked. */
  async confirm(namespace: string, uid: string): Promise<ObservedEndpoint | undefined> {
    const listed = await this.#lists.get(namespace);
    return listed.find(({ metadata }) => metadata.uid === uid);
  }

  /**
   * All that fit the schema, from a list begun after the call: a cache that lags would leave somebody out of
   * a decision that is made once. Rejects when the API server cannot be asked.
   */
  async current(namespace: string): Promise<readonly WebhookEndpoint[]> {
    const listed = await this.#lists.get(namespace);
    return listed.flatMap(({ endpoint }) => (endpoint === undefined ? [] : [endpoint]));
  }

  /** The watch has told of this one, so what a list showed is no news any more. */
  noteObserved(uid: string): void {
    this.#learned.delete(uid);
    // As after a restore of a backup.
    this.#deleted.delete(uid);
  }

  /** The watch says that it is deleted. */
  noteDeleted(uid: string): void {
    this.#learned.delete(uid);
    this.#deleted.add(uid);
    if (this.#deleted.size <= maxDeleted) return;
    for (const oldest of this.#deleted) {
      this.#deleted.delete(oldest);
      return;
    }
  }

  async #list(namespace: string): Promise<readonly ObservedEndpoint[]> {
    const path = collectionPath(endpointType, namespace);
    const listed: ObservedEndpoint[] = [];
    let token = '';
    do {
      // No resourceVersion: this reads through a quorum, not from the API server's cache.
      const page: ObjectList = await this.#client.list(path, {
        limit: pageSize,
        ...(token === '' ? {} : { continue: token }),
      });
      const parsed = page.items.map(parseEndpoint);
      listed.push(...parsed.filter(({ metadata }) => !this.#deleted.has(metadata.uid)));
      token = page.continue;
    } while (token !== '');
    const at = performance.now();
    for (const observed of listed)
      if (this.#isNews(observed)) this.#learned.set(observed.metadata.uid, { observed, at });
    return listed;
  }

  /** The watch has told of its deletion. */
  isDeleted(uid: string): boolean {
    return this.#deleted.has(uid);
  }

  #isNews({ metadata }: ObservedEndpoint): boolean {
    if (this.#deleted.has(metadata.uid)) return false;
    const learned = this.#learned.get(metadata.uid)?.observed.metadata.generation ?? 0;
    // A list that was begun before another may end after it.
    if (learned > (metadata.generation ?? 0)) return false;
    const cached = this.store.get(keyOf({ metadata }))?.metadata;
    return cached?.uid !== metadata.uid || (cached.generation ?? 0) < (metadata.generation ?? 0);
  }

  #learnedOf(uid: string): ObservedEndpoint | undefined {
    const learned = this.#learned.get(uid);
    if (learned === undefined || performance.now() - learned.at < learnedTtlMs) return learned?.observed;
    this.#learned.delete(uid);
    return undefined;
  }
}
