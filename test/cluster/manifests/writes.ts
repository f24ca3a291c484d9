// The ways in which workers, users and the operator write to an Analysis.
import { apiVersion } from '../../../src/api/group.ts';
import { objectPath } from '../../../src/kube/paths.ts';
import { adminClient, analysisType, manifest, operatorClient } from '../../support/cluster.ts';

/** Writes to one Analysis; rejects with the ApiError of a refusal. */
export type Edit = (namespace: string, name: string) => Promise<unknown>;

/** A merge patch of the status, null removing a field. */
export function worker(status: object): Edit {
  return (namespace, name) => adminClient().patchMerge(statusPath(namespace, name), { status });
}

/** A merge patch of the ledger as the operator; null removes it. Lists are replaced. */
export function operator(delivery: object | null): Edit {
  return (namespace, name) =>
    operatorClient().patchMerge(statusPath(namespace, name), { status: { delivery } });
}

/** `{"status": null}`. */
export const clear: Edit = (namespace, name) =>
  adminClient().patchMerge(statusPath(namespace, name), { status: null });

/** A PUT of a status that says just this. */
export function replace(status: object): Edit {
  return async (namespace, name) => {
    const current = await adminClient().get<object>(objectPath(analysisType, namespace, name));
    const path = statusPath(namespace, name);
    await adminClient().request({ method: 'PUT', path, body: { ...current, status } });
  };
}

/** Server-side apply: fields that the same manager named before and does not name now go. */
export function serverSideApply(status: object): Edit {
  return (namespace, name) =>
    adminClient().request({
      method: 'PATCH',
      path: statusPath(namespace, name),
      query: { fieldManager: 'worker' },
      contentType: 'application/apply-patch+yaml',
      body: manifest(analysisType, namespace, name, { status }),
    });
}

/** A merge patch of the object itself. */
export function edit(content: object): Edit {
  return (namespace, name) =>
    adminClient().patchMerge(objectPath(analysisType, namespace, name), { apiVersion, ...content });
}

function statusPath(namespace: string, name: string): string {
  return objectPath(analysisType, namespace, name, 'status');
}
