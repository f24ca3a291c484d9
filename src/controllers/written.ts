// The newest of what this process has written, so that whoever takes over can wait until it has seen all of it. Its
// watches may be late, and what they have not told it would send again.
import type { ResourceType } from '../kube/paths.ts';
import type { Reflector } from '../kube/reflector.ts';
import { isOlderVersion } from '../kube/resource-version.ts';
import type { StoredObject } from '../kube/store.ts';

/** On the Lease of a shard: `PLURAL/NAMESPACE=RESOURCEVERSION` for each, with commas between them. */
const annotation = 'heliograph.dev/written';

/** So many are remembered. Whatever was written before those was seen long ago. */
const maxRemembered = 50;

type Annotations = Readonly<Record<string, string | undefined>>;

export class Written {
  /** By `PLURAL/NAMESPACE`, the one that was written last at the end. */
  readonly #newest = new Map<string, string>();

  note({ plural }: ResourceType, namespace: string, resourceVersion: string): void {
    const key = `${plural}/${namespace}`;
    const known = this.#newest.get(key) ?? '';
    this.#newest.delete(key);
    // Answers to several writes may come in any order.
    this.#newest.set(key, isOlderVersion(resourceVersion, known) ? known : resourceVersion);
    const [oldest] = this.#newest.keys();
    if (this.#newest.size > maxRemembered && oldest !== undefined) this.#newest.delete(oldest);
  }

  /** For whoever takes over these namespaces. */
  annotations(isTheirs: (namespace: string) => boolean): Record<string, string> {
    const entries = [...this.#newest].filter(([key]) => isTheirs(key.slice(key.indexOf('/') + 1)));
    return { [annotation]: entries.map((entry) => entry.join('=')).join(',') };
  }

  /**
   * Resolves when all has been seen that the last owner left in its annotations.
   * @param watching what watches the objects of that type in that namespace, if anything does
   */
  async seen(
    annotations: Annotations,
    watching: (plural: string, namespace: string) => Pick<Reflector<StoredObject>, 'whenReached'> | undefined,
  ): Promise<void> {
    const entries = (annotations[annotation] ?? '').split(',').map((entry) => entry.split('='));
    await Promise.all(
      entries.map(async ([key = '', version = '']) => {
        const [plural = '', namespace = ''] = key.split('/');
        await watching(plural, namespace)?.whenReached(version);
      }),
    );
  }
}
