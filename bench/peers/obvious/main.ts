// The obvious operator, as one writes it in an afternoon: an informer, fetch, and a PUT of the status after each delivery.
//
//   KUBECONFIG=FILE WEBHOOK_SECRET=BASE64 node bench/peers/obvious/main.ts
import { createHmac } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import {
  ApiException,
  CustomObjectsApi,
  KubeConfig,
  type KubernetesListObject,
  makeInformer,
  type V1Condition,
  type V1ObjectMeta,
} from '@kubernetes/client-node';

interface Analysis {
  apiVersion: string;
  kind: string;
  metadata: V1ObjectMeta;
  spec: { webhookUrl?: string };
  status?: { phase?: string; percentage?: number; conditions?: unknown[] };
}

const resource = { group: 'heliograph.dev', version: 'v1alpha1', plural: 'analyses' };
const secret = Buffer.from(process.env['WEBHOOK_SECRET'] ?? '', 'base64');
const maxAttempts = 3;
const restartMs = 1000;

const config = new KubeConfig();
config.loadFromDefault();
const api = config.makeApiClient(CustomObjectsApi);

/** How far each analysis was when we last looked, by UID; 110 is done. */
const lastSeen = new Map<string, number>();

const informer = makeInformer<Analysis>(
  config,
  `/apis/${resource.group}/${resource.version}/${resource.plural}`,
  async () => (await api.listClusterCustomObject(resource)) as KubernetesListObject<Analysis>,
);
informer.on('add', onChange);
informer.on('update', onChange);
informer.on('delete', ({ metadata }) => lastSeen.delete(metadata.uid ?? ''));
informer.on('error', (error) => {
  console.error('The watch broke:', firstLineOf(error));
  setTimeout(() => void informer.start(), restartMs);
});
await informer.start();
console.log('Watching analyses');

function onChange(analysis: Analysis): void {
  const { metadata, status } = analysis;
  const { phase = 'Queued', percentage = 0 } = status ?? {};
  if (phase === 'Queued') return;
  const isDone = phase === 'Success' || phase === 'Failed';
  const reached = isDone ? 110 : Math.floor(percentage / 10) * 10;
  const uid = metadata.uid ?? '';
  if (reached <= (lastSeen.get(uid) ?? -1)) return;
  lastSeen.set(uid, reached);
  // 0 % is the first event, and so on: the analysis' last one is the eleventh.
  const sequence = isDone ? 11 : reached / 10 + 1;
  notify(analysis, sequence).catch((error: unknown) => console.error(metadata.name, firstLineOf(error)));
}

async function notify(analysis: Analysis, sequence: number): Promise<void> {
  const { webhookUrl } = analysis.spec;
  if (webhookUrl === undefined) return;
  const id = `${analysis.metadata.uid}-${sequence}`;
  const { phase, percentage } = analysis.status ?? {};
  const body = JSON.stringify({ analysis_id: analysis.metadata.uid, sequence, phase, percentage });
  for (let attempt = 1; ; attempt += 1) {
    const answer = await post(webhookUrl, id, body);
    if (answer.ok || attempt === maxAttempts) return await record(analysis, sequence, answer);
    await delay(1000 * 2 ** attempt);
  }
}

interface Answer {
  ok: boolean;
  text: string;
}

/** Signed as Standard Webhooks has it. */
async function post(url: string, id: string, body: string): Promise<Answer> {
  const timestamp = Math.floor(Date.now() / 1000);
  const signature = createHmac('sha256', secret).update(`${id}.${timestamp}.${body}`).digest('base64');
  const headers = {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': `v1,${signature}`,
  };
  try {
    const response = await fetch(url, { method: 'POST', headers, body, signal: AbortSignal.timeout(10_000) });
    await response.arrayBuffer();
    return { ok: response.ok, text: `${response.status} ${response.statusText}` };
  } catch (error) {
    return { ok: false, text: String(error) };
  }
}

/** Replaces the status; where somebody was faster, with what is there now. */
async function record(analysis: Analysis, sequence: number, { ok, text }: Answer): Promise<void> {
  const condition: V1Condition = {
    type: 'Notified',
    status: ok ? 'True' : 'False',
    reason: ok ? 'Delivered' : 'Failed',
    message: `event ${sequence}: ${text}`,
    lastTransitionTime: new Date(),
  };
  const { namespace = '', name = '' } = analysis.metadata;
  const key = { ...resource, namespace, name };
  for (let current = analysis; ; ) {
    const body = { ...current, status: { ...current.status, conditions: [condition] } };
    try {
      await api.replaceNamespacedCustomObjectStatus({ ...key, body });
      return;
    } catch (error) {
      if (!(error instanceof ApiException) || error.code !== 409) throw error;
      current = (await api.getNamespacedCustomObject(key)) as Analysis;
    }
  }
}

function firstLineOf(error: unknown): string {
  return String(error).split('\n', 1).join('');
}
