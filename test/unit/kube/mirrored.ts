// ConfigMaps as the tests of the mirror and of the reflector keep them.
import { isObject, numberAt, objectAt, textAt } from '../../../src/kube/raw.ts';
import { keyOf, type StoredObject } from '../../../src/kube/store.ts';

export interface ConfigMap extends StoredObject {
  data: unknown;
}

/** Refuses an object whose data is no object. */
export function parse(raw: unknown): ConfigMap {
  const data = isObject(raw) ? raw['data'] : undefined;
  if (!isObject(data)) throw new Error('data must be an object');
  const metadata = objectAt(raw, 'metadata');
  return {
    metadata: {
      name: textAt(metadata, 'name'),
      namespace: textAt(metadata, 'namespace'),
      uid: textAt(metadata, 'uid'),
      resourceVersion: textAt(metadata, 'resourceVersion'),
      generation: numberAt(metadata, 'generation'),
    },
    data,
  };
}

/** What an object is, without how it was written. */
export const contentOf = ({ metadata, data }: Pick<ConfigMap, 'metadata' | 'data'>): string =>
  `${keyOf({ metadata })} ${metadata.uid} ${metadata.resourceVersion} ${JSON.stringify(data)}`;

export const contentsOf = (objects: Iterable<Pick<ConfigMap, 'metadata' | 'data'>>): string[] =>
  Array.from(objects, contentOf).toSorted();
