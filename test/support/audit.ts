// The API server's audit log: what it was really asked, and by whom.
import { readFileSync } from 'node:fs';
import { sharedControlPlane } from './control-plane.ts';
import { operatorUser } from './release.ts';

export interface AuditEntry {
  verb: string;
  user: { username: string };
  objectRef?: { resource: string; namespace?: string; name?: string; subresource?: string };
  responseStatus?: { code: number };
  requestReceivedTimestamp: string;
}

/** Requests of the operator about one object, in the order they ended; `what` is the resource in the plural. */
export function operatorRequests(what: string, namespace: string, name: string): AuditEntry[] {
  return operatorRequestsIn(what, namespace).filter(({ objectRef }) => objectRef?.name === name);
}

/** Requests of the operator about the objects of a namespace. */
export function operatorRequestsIn(what: string, namespace: string): AuditEntry[] {
  return readAudit().filter(
    ({ user, objectRef }) =>
      user.username === operatorUser && objectRef?.resource === what && objectRef.namespace === namespace,
  );
}

function readAudit(): AuditEntry[] {
  const { auditLog } = sharedControlPlane();
  if (auditLog === undefined) throw new Error('the control plane writes no audit log');
  const lines = readFileSync(auditLog, 'utf8').split('\n');
  // The last line may still be being written.
  return lines.slice(0, -1).map((line): AuditEntry => JSON.parse(line));
}
