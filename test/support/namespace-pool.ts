// Namespaces made beforehand, for runs in which the operator has rights in named namespaces only.
import { ApiError } from '../../src/kube/errors.ts';
import type { KubeClient } from '../../src/kube/client.ts';

/** What a whole run takes, and some more. */
const size = 400;

const names = Array.from({ length: size }, (_, index) => `pool-${String(index).padStart(3, '0')}`);

/** Makes them and returns their names. */
export async function createPool(admin: KubeClient): Promise<readonly string[]> {
  for (const name of names)
    await admin.create('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  return names;
}

/** Takes one that nobody has taken, in whichever process. */
export async function takeFromPool(admin: KubeClient): Promise<string> {
  for (const name of names) if (await isTakenByUs(admin, name)) return name;
  throw new Error(`all ${size} namespaces of the run are taken`);
}

async function isTakenByUs(admin: KubeClient, namespace: string): Promise<boolean> {
  try {
    await admin.create(`/api/v1/namespaces/${namespace}/configmaps`, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'taken' },
    });
    return true;
  } catch (error) {
    // Somebody was faster, or the test that had it has ended and it is terminating.
    if (error instanceof ApiError && (error.status === 409 || error.status === 403)) return false;
    throw error;
  }
}
