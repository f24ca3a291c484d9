// Paths of resources on the API server.

export interface ResourceType {
  /** '' for the core group. */
  group: string;
  version: string;
  plural: string;
  kind: string;
}

/** All objects of a type, in one namespace or, without one, in all of them. */
export function collectionPath(type: ResourceType, namespace?: string): string {
  const root = type.group === '' ? '/api' : `/apis/${encodeURIComponent(type.group)}`;
  const scope = namespace === undefined ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
  return `${root}/${encodeURIComponent(type.version)}${scope}/${encodeURIComponent(type.plural)}`;
}

/** One object, or a subresource of it such as `status`. */
export function objectPath(
  type: ResourceType,
  namespace: string | undefined,
  name: string,
  subresource?: string,
): string {
  const path = `${collectionPath(type, namespace)}/${encodeURIComponent(name)}`;
  return subresource === undefined ? path : `${path}/${encodeURIComponent(subresource)}`;
}
