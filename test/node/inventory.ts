// Everything that the API server has, by name.
import { kubectlIn } from './receiver.ts';

// These come and go by themselves, and with Services of other namespaces.
const transient = ['events', 'events.events.k8s.io', 'ipaddresses.networking.k8s.io'];

/** Of all kinds: what has no namespace, and what is in this one. */
export async function inventory(namespace: string): Promise<string[]> {
  const run = (...parameters: string[]) => kubectlIn(namespace, parameters);
  const kinds = (await run('api-resources', '--verbs=list', '--output=name')).trim().split('\n');
  const wanted = kinds.filter((kind) => !transient.includes(kind));
  const names = await run('get', wanted.join(','), '--output=name', '--ignore-not-found');
  return names.trim().split('\n').toSorted();
}
