// Who may talk to the API server: static tokens, the key that signs service account tokens, kubeconfigs.
import { generateKeyPairSync, randomBytes, X509Certificate } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';

export interface Credentials {
  adminToken: string;
  operatorToken: string;
  tokenFile: string;
  serviceAccountKeyFile: string;
  /** The API server signs its certificate itself, here, and trusts it as its own authority. */
  certificateFolder: string;
  certificateFile: string;
}

export const operatorUser = 'heliograph-operator';

/** Writes new tokens into the folder; keeps the keys of an earlier run while they can still be used. */
export function prepareCredentials(dir: string): Credentials {
  const credentials = {
    adminToken: randomBytes(24).toString('base64url'),
    operatorToken: randomBytes(24).toString('base64url'),
    tokenFile: join(dir, 'tokens.csv'),
    serviceAccountKeyFile: join(dir, 'service-account.key'),
    certificateFolder: dir,
    certificateFile: join(dir, 'apiserver.crt'),
  };
  const { adminToken, operatorToken, tokenFile, serviceAccountKeyFile, certificateFile } = credentials;
  writeSecret(
    tokenFile,
    `${adminToken},admin,admin,"system:masters"\n${operatorToken},${operatorUser},${operatorUser}\n`,
  );
  // Kept, because service account tokens issued earlier on this folder should stay valid.
  if (!existsSync(serviceAccountKeyFile)) writeSecret(serviceAccountKeyFile, newSigningKey());
  removeExpiring(certificateFile);
  return credentials;
}

/** Writes a kubeconfig for one user. */
export function writeKubeconfig(
  path: string,
  { url, ca, user, token }: { url: string; ca: string; user: string; token: string },
): void {
  const name = 'heliograph';
  const kubeconfig = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      { name, cluster: { server: url, 'certificate-authority-data': Buffer.from(ca).toString('base64') } },
    ],
    users: [{ name: user, user: { token } }],
    contexts: [{ name, context: { cluster: name, user, namespace: 'default' } }],
    'current-context': name,
  };
  writeSecret(path, stringify(kubeconfig, { lineWidth: 0 }));
}

function newSigningKey(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  return privateKey.export({ type: 'sec1', format: 'pem' }).toString();
}

/** The API server makes a certificate for a year when there is none, and never renews it. */
function removeExpiring(certificateFile: string): void {
  if (!existsSync(certificateFile)) return;
  const monthMs = 30 * 24 * 3_600_000;
  const { validToDate } = new X509Certificate(readFileSync(certificateFile));
  if (validToDate.getTime() - Date.now() < monthMs) rmSync(certificateFile);
}

function writeSecret(path: string, content: string): void {
  // Removed first: `mode` does nothing to a file that exists.
  rmSync(path, { force: true });
  writeFileSync(path, content, { mode: 0o600 });
}
