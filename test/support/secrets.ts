// Secrets and ConfigMaps as users keep them.
import { randomBytes } from 'node:crypto';
import { adminClient } from './cluster.ts';

/** Creates it, or replaces what it has. */
export async function applySecret(
  namespace: string,
  name: string,
  stringData: Readonly<Record<string, string>>,
): Promise<void> {
  await apply('secrets', { apiVersion: 'v1', kind: 'Secret', metadata: { namespace, name }, stringData });
}

export async function applyConfigMap(
  namespace: string,
  name: string,
  data: Readonly<Record<string, string>>,
): Promise<void> {
  await apply('configmaps', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace, name }, data });
}

/** A signing secret of Standard Webhooks. */
export function newSigningSecret(): string {
  return `whsec_${randomBytes(32).toString('base64')}`;
}

async function apply(
  plural: string,
  body: { metadata: { namespace: string; name: string }; [field: string]: unknown },
): Promise<void> {
  const { namespace, name } = body.metadata;
  await adminClient().request({
    method: 'PATCH',
    path: `/api/v1/namespaces/${namespace}/${plural}/${name}`,
    query: { fieldManager: 'heliograph-test', force: true },
    contentType: 'application/apply-patch+yaml',
    body,
  });
}
