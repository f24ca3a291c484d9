// A reflector on a real API server that is killed, forgets, stalls and goes back in time.
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test, type TestContext } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { storedWebhookEndpoint, type WebhookEndpoint } from '../../src/api/webhook-endpoint.ts';
import { KubeClient } from '../../src/kube/client.ts';
import { loadClusterConfig } from '../../src/kube/config.ts';
import { ConnectionError, isConflict } from '../../src/kube/errors.ts';
import { collectionPath, objectPath } from '../../src/kube/paths.ts';
import { Reflector } from '../../src/kube/reflector.ts';
import { keyOf, Store } from '../../src/kube/store.ts';
import { type ControlPlane, startControlPlane } from '../../tools/control-plane/start.ts';
import { endpointType } from '../support/cluster.ts';
import { Etcd } from '../support/etcd.ts';
import { Told } from '../support/told.ts';
import { until } from '../support/until.ts';

const path = collectionPath(endpointType, 'default');
const etcdKey = (name: string): string => `/registry/heliograph.dev/webhookendpoints/default/${name}`;

let controlPlane: ControlPlane;
let client: KubeClient;
let etcd: Etcd;

// Of its own, because it is killed.
before(async () => {
  const dir = mkdtempSync(join(tmpdir(), 'heliograph-reflector-'));
  controlPlane = await startControlPlane({ dir, temporary: true });
  const config = loadClusterConfig({ KUBECONFIG: controlPlane.kubeconfig });
  client = new KubeClient(config, { userAgent: 'heliograph-test' });
  etcd = new Etcd(controlPlane.ports.etcd);
});

after(async () => {
  await client?.close();
  await controlPlane?.stop();
});

async function create(name: string, description = ''): Promise<void> {
  const { kind } = endpointType;
  const spec = { url: 'https://receiver.example/hook', description };
  await client.create(path, { apiVersion: 'heliograph.dev/v1alpha1', kind, metadata: { name }, spec });
}

const describeAs = (name: string, description: string): Promise<unknown> =>
  client.patchMerge(objectPath(endpointType, 'default', name), { spec: { description } });

const contentsOf = (endpoints: Iterable<WebhookEndpoint>): string[] =>
  Array.from(endpoints, (endpoint) => {
    const { uid, resourceVersion } = endpoint.metadata;
    return [keyOf(endpoint), uid, resourceVersion, endpoint.spec.description].join(' ');
  }).toSorted();

/** Runs one with a client of its own until the test ends. */
function reflect(t: TestContext) {
  const config = loadClusterConfig({ KUBECONFIG: controlPlane.kubeconfig });
  const own = new KubeClient(config, { userAgent: 'heliograph-test' });
  const store = new Store<WebhookEndpoint>();
  const told = new Told(t, store);
  const restarts: string[] = [];
  let lists = 0;
  const reflector = new Reflector<WebhookEndpoint>({
    client: own,
    path,
    parse: (raw) => storedWebhookEndpoint.parse(raw),
    store,
    handlers: told,
    metrics: { listed: () => (lists += 1), restarted: (reason) => restarts.push(reason) },
    // An API server that starts asks for five seconds.
    intervals: { maxRetryAfterMs: 500 },
  });
  const stopping = new AbortController();
  const running = reflector.run(stopping.signal);
  t.after(async () => {
    stopping.abort();
    await running;
    await own.close();
  });
  const isEqual = async () => {
    // An API server that has just been started answers a list of a custom resource with 429 for a while.
    const { items } = await client.list(path).catch(() => ({ items: undefined }));
    if (items === undefined) return false;
    const truth = contentsOf(items.map((item) => storedWebhookEndpoint.parse(item)));
    return (
      isDeepStrictEqual(contentsOf(store.values()), truth) && isDeepStrictEqual(contentsOf(told.known), truth)
    );
  };
  const caughtUp = () => until(() => reflector.synced && isEqual(), 'the store has what the API server has');
  return { store, told, restarts, lists: () => lists, caughtUp };
}

test('after a kill the store is what the API server has, though its past is compacted', async (t) => {
  for (const name of ['same', 'gone', 'changed', 'anew']) await create(name);
  const { told, restarts, lists, caughtUp } = reflect(t);
  await caughtUp();
  told.log.length = 0;
  await controlPlane.apiServer.kill('SIGKILL');
  await etcd.delete(etcdKey('gone'));
  const changed = await etcd.get<{ spec: object }>(etcdKey('changed'));
  await etcd.put(etcdKey('changed'), { ...changed, spec: { ...changed.spec, description: 'changed' } });
  const anew = await etcd.get<{ metadata: object }>(etcdKey('anew'));
  const uid = '00000000-0000-4000-8000-000000000001';
  await etcd.put(etcdKey('anew'), { ...anew, metadata: { ...anew.metadata, uid } });
  await etcd.compact();
  await until(() => restarts.length >= 2, 'it has tried in vain');
  await controlPlane.apiServer.start();
  await caughtUp();
  assert.deepEqual(told.log.toSorted(), [
    'delete default/anew',
    'delete default/gone',
    'upsert default/anew',
    'upsert default/changed',
  ]);
  assert.equal(restarts.at(-1), 'expired');
  assert.equal(lists(), 2);
  await create('after');
  await caughtUp();
});

test('an expired watch is an answer of 200 with an ERROR of code 410 inside', async () => {
  const { signal } = new AbortController();
  const events = await Array.fromAsync(
    client.watch(path, { resourceVersion: '1', timeoutSeconds: 30 }, { signal }),
  );
  assert.deepEqual(
    events.map(({ type, object }) => [type, (object as { code?: number }).code]),
    [['ERROR', 410]],
  );
});

test('while the API server is killed and started, nothing of what a busy writer does is missed', async (t) => {
  const { restarts, caughtUp } = reflect(t);
  await caughtUp();
  const writer = { written: 0, isStopped: false };
  const writing = (async () => {
    while (!writer.isStopped) {
      const name = `busy-${writer.written % 20}`;
      const write = writer.written < 20 ? create(name) : describeAs(name, `write ${writer.written}`);
      const isDone = await write.then(
        () => true,
        // After an unknown outcome the name may be taken.
        (error: unknown) => isConflict(error),
      );
      if (isDone) writer.written += 1;
    }
  })();
  await until(() => writer.written > 50, 'the writer is at it');
  await controlPlane.apiServer.kill('SIGKILL');
  await controlPlane.apiServer.start();
  const written = writer.written;
  await until(() => writer.written > written + 50, 'the writer goes on');
  writer.isStopped = true;
  await writing;
  await caughtUp();
  assert.ok(restarts.includes('connection'));
});

test('an etcd that stands still for seconds holds everything up, and then nothing is missing', async (t) => {
  const { caughtUp } = reflect(t);
  await caughtUp();
  await controlPlane.etcd.kill('SIGSTOP');
  try {
    const body = { spec: { description: 'while it stood still' } };
    const request = { path: objectPath(endpointType, 'default', 'same'), body, timeoutMs: 4000 };
    const contentType = 'application/merge-patch+json';
    await assert.rejects(client.request({ method: 'PATCH', contentType, ...request }), ConnectionError);
  } finally {
    await controlPlane.etcd.kill('SIGCONT');
  }
  await describeAs('same', 'after it stood still');
  await caughtUp();
});

test('an etcd restored from an older backup is listed anew, though a watch from its future is silent', async (t) => {
  const data = join(controlPlane.dir, 'etcd');
  const backup = join(controlPlane.dir, 'backup');
  await describeAs('same', 'in the backup');
  await controlPlane.etcd.kill('SIGSTOP');
  cpSync(data, backup, { recursive: true });
  await controlPlane.etcd.kill('SIGCONT');
  const { store, restarts, lists, caughtUp } = reflect(t);
  await create('lost');
  for (let count = 0; count < 20; count += 1) await describeAs('same', `lost ${count}`);
  await caughtUp();
  await controlPlane.apiServer.kill('SIGKILL');
  await controlPlane.etcd.kill('SIGKILL');
  rmSync(data, { recursive: true });
  cpSync(backup, data, { recursive: true });
  await controlPlane.etcd.start();
  await controlPlane.apiServer.start();
  await caughtUp();
  assert.equal(store.get('default/lost'), undefined);
  assert.equal(store.get('default/same')?.spec.description, 'in the backup');
  assert.equal(restarts.includes('expired'), false);
  assert.equal(lists(), 2);
});
