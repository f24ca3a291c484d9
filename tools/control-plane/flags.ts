// The command lines of etcd and of the API server.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { Credentials } from './credentials.ts';

/** For a cluster that nobody mourns: nothing waits for the disk, so a power cut may lose data. A kill does not. */
export function etcdArguments({ dir, port }: { dir: string; port: number }): string[] {
  const client = `http://127.0.0.1:${port}`;
  return [
    `--data-dir=${join(dir, 'etcd')}`,
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    '--listen-peer-urls=http://127.0.0.1:0',
    '--unsafe-no-fsync',
    '--log-level=warn',
  ];
}

export interface ApiServerSettings {
  dir: string;
  credentials: Credentials;
  port: number;
  etcdPort: number;
  auditLog: string | undefined;
  /** Where pods reach it; for nobody but this machine, and without pods, where absent. */
  podsReachItAt?: string;
}

export function apiServerArguments({
  dir,
  credentials,
  port,
  etcdPort,
  auditLog,
  podsReachItAt,
}: ApiServerSettings): string[] {
  return [
    `--etcd-servers=http://127.0.0.1:${etcdPort}`,
    `--secure-port=${port}`,
    `--cert-dir=${credentials.certificateFolder}`,
    `--token-auth-file=${credentials.tokenFile}`,
    '--authorization-mode=RBAC',
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${credentials.serviceAccountKeyFile}`,
    `--service-account-signing-key-file=${credentials.serviceAccountKeyFile}`,
    '--service-cluster-ip-range=10.0.0.0/24',
    ...(podsReachItAt === undefined
      ? onLoopback
      : ['--bind-address=0.0.0.0', `--advertise-address=${podsReachItAt}`]),
    ...(auditLog === undefined ? [] : auditArguments(dir, auditLog)),
  ];
}

const onLoopback = [
  '--bind-address=127.0.0.1',
  '--advertise-address=127.0.0.1',
  // There is one API server, and its loopback address is not a valid endpoint.
  '--endpoint-reconciler-type=none',
  // It would refuse pods until a controller manager, which is not here, has made their service account.
  '--disable-admission-plugins=ServiceAccount',
];

/** One JSON line per finished request. Blocking mode: the line is there once the client has the whole answer. */
function auditArguments(dir: string, auditLog: string): string[] {
  const policyFile = join(dir, 'audit-policy.yaml');
  const policy = {
    apiVersion: 'audit.k8s.io/v1',
    kind: 'Policy',
    omitStages: ['RequestReceived', 'ResponseStarted'],
    omitManagedFields: true,
    rules: [{ level: 'Metadata' }],
  };
  writeFileSync(policyFile, stringify(policy));
  return [`--audit-policy-file=${policyFile}`, `--audit-log-path=${auditLog}`, '--audit-log-mode=blocking'];
}
