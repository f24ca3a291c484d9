// A receiver as a Deployment behind a Service, and what it was sent.
import { readFileSync } from 'node:fs';
import { product } from '../../tools/image/bundle.ts';
import type { Receipt } from '../support/journal.ts';
import { kubectl } from '../support/kubectl.ts';

const port = 8080;
const script = 'journal-server.mjs';

export interface PodReceiver {
  url: (path: string) => string;
  /** What is over so far, in the order in which it was. */
  receipts: () => Promise<Receipt[]>;
}

/** Resolves when the Service leads to it. It takes its time to answer, so that there is something in flight. */
export async function deployReceiver(
  namespace: string,
  name: string,
  answerAfterMs = 0,
): Promise<PodReceiver> {
  const items = receiver(name, answerAfterMs);
  const run = async (...parameters: string[]) => await kubectlIn(namespace, parameters);
  await kubectlIn(namespace, ['apply', '-f', '-'], { apiVersion: 'v1', kind: 'List', items });
  await run('rollout', 'status', `deployment/${name}`, '--timeout=50s');
  return {
    // In full: the operator appends no search domains.
    url: (path) => `http://${name}.${namespace}.svc.cluster.local:${port}${path}`,
    receipts: async () => (await run('logs', `deployment/${name}`)).trimEnd().split('\n').flatMap(receiptOf),
  };
}

/** What kubectl prints. Throws an Error with its message where it fails. */
export async function kubectlIn(
  namespace: string,
  parameters: readonly string[],
  input?: object,
): Promise<string> {
  const { code, stdout, stderr } = await kubectl(['--namespace', namespace, ...parameters], {
    ...(input && { input }),
  });
  if (code !== 0) throw new Error(`kubectl ${parameters.join(' ')}: ${stderr}`);
  return stdout;
}

function receiptOf(line: string): Receipt[] {
  if (line === '') return [];
  const { path, headers, text, status } = JSON.parse(line) as Receipt;
  return [
    {
      method: 'POST',
      path,
      headers,
      text,
      body: JSON.parse(text),
      atMs: 0,
      id: String(headers['webhook-id']),
      sequence: Number(headers['heliograph-sequence']),
      attempt: Number(headers['heliograph-attempt']),
      ...(status !== undefined && { status }),
    },
  ];
}

/** As the restricted pod security standard wants it. It runs on the operator's image, which has Node. */
function receiver(name: string, answerAfterMs: number): object[] {
  const metadata = { name };
  const labels = { app: name };
  const source = readFileSync(new URL(script, import.meta.url), 'utf8');
  const container = {
    name: 'receiver',
    image: `ghcr.io/heliograph/heliograph:${product().version}`,
    command: ['/nodejs/bin/node', `/receiver/${script}`, String(port), String(answerAfterMs)],
    readinessProbe: { tcpSocket: { port }, periodSeconds: 1 },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    },
    volumeMounts: [{ name: 'receiver', mountPath: '/receiver' }],
  };
  const pod = {
    automountServiceAccountToken: false,
    securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
    containers: [container],
    volumes: [{ name: 'receiver', configMap: { name } }],
  };
  return [
    { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { [script]: source } },
    { apiVersion: 'v1', kind: 'Service', metadata, spec: { selector: labels, ports: [{ port }] } },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata,
      spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: pod } },
    },
  ];
}
