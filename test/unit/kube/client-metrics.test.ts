// What a client tells of its requests, on a real socket.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Verb } from '../../../src/kube/client-metrics.ts';
import { KubeClient } from '../../../src/kube/client.ts';
import { configMaps, json, startApiStandIn } from '../../support/api-stand-in.ts';
import { reset, status } from '../../support/misbehaviour.ts';

test('every request is told once, with its verb and its status, or none where no answer came', async (t) => {
  const api = await startApiStandIn(t);
  const told: [Verb, number | undefined][] = [];
  const client = new KubeClient(api.config, {
    userAgent: 'heliograph/test',
    metrics: {
      ended: (verb, { status: code, durationMs }) => {
        told.push([verb, code]);
        assert.ok(durationMs > 0);
      },
    },
  });
  t.after(() => client.close());
  const path = `${configMaps}/a`;
  api.other = ({ method, response }) => json(response, method === 'POST' ? 201 : 200, {});
  await client.get(path);
  await client.list(configMaps);
  await client.create(path, {});
  await client.patchJson(path, []);
  await client.request({ method: 'PUT', path, body: {} });
  await client.request({ method: 'DELETE', path });
  api.other = status(429);
  await assert.rejects(client.patchMerge(path, {}));
  api.other = reset;
  await assert.rejects(client.get(path));

  assert.deepEqual(told, [
    ['get', 200],
    ['list', 200],
    ['create', 201],
    ['patch', 200],
    ['update', 200],
    ['delete', 200],
    ['patch', 429],
    ['get', undefined],
  ]);
});

test('a watch is told when it is open or refused, and not again when it ends', async (t) => {
  const api = await startApiStandIn(t);
  const told: [Verb, number | undefined][] = [];
  const client = new KubeClient(api.config, {
    userAgent: 'heliograph/test',
    metrics: { ended: (verb, { status: code }) => told.push([verb, code]) },
  });
  t.after(() => client.close());
  const { signal } = new AbortController();
  const watch = async () => {
    for await (const _ of client.watch(configMaps, {}, { signal })) continue;
  };
  api.watches.push(({ response }) => response.writeHead(200).end(), status(410), reset);

  await watch();
  await assert.rejects(watch);
  await assert.rejects(watch);

  assert.deepEqual(told, [
    ['watch', 200],
    ['watch', 410],
    ['watch', undefined],
  ]);
});
