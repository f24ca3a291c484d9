// What a control plane for development has of Heliograph: the same files as the chart, with a user for a ServiceAccount.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { operatorUser } from './credentials.ts';
import { repository } from './paths.ts';

export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: { name: string };
}

export interface CustomResourceDefinition extends Manifest {
  spec: { group: string; names: { plural: string }; versions: { name: string; served: boolean }[] };
}

const metadata = { name: 'heliograph' };
const rbac = { apiGroup: 'rbac.authorization.k8s.io', apiVersion: 'rbac.authorization.k8s.io/v1' };
const admission = 'admissionregistration.k8s.io/v1';

/** Throws an Error that names the file that is not YAML. */
export function readCrds(): CustomResourceDefinition[] {
  return readdirSync(join(repository, 'crds')).map(
    (file) => read(`crds/${file}`) as CustomResourceDefinition,
  );
}

/** The operator's role, and the policy that lets nobody else write a ledger. */
export function operatorManifests(): (Manifest & Record<string, unknown>)[] {
  return [
    {
      apiVersion: rbac.apiVersion,
      kind: 'ClusterRole',
      metadata,
      rules: read('helm/heliograph/files/operator-rules.yaml'),
    },
    {
      apiVersion: rbac.apiVersion,
      kind: 'ClusterRoleBinding',
      metadata,
      roleRef: { apiGroup: rbac.apiGroup, kind: 'ClusterRole', name: metadata.name },
      subjects: [{ apiGroup: rbac.apiGroup, kind: 'User', name: operatorUser }],
    },
    {
      apiVersion: admission,
      kind: 'ValidatingAdmissionPolicy',
      metadata,
      spec: read('helm/heliograph/files/ledger-policy.yaml', { OPERATOR_USER: operatorUser }),
    },
    {
      apiVersion: admission,
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata,
      spec: { policyName: metadata.name, validationActions: ['Deny'] },
    },
  ];
}

/** The placeholders in the text are replaced. */
function read(path: string, placeholders: Readonly<Record<string, string>> = {}): unknown {
  let content = readFileSync(join(repository, path), 'utf8');
  for (const [name, value] of Object.entries(placeholders)) content = content.replaceAll(name, value);
  return parse(content);
}
