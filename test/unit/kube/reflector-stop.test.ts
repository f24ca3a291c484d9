// A reflector can be stopped whatever it is at.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KubeClient } from '../../../src/kube/client.ts';
import { Reflector } from '../../../src/kube/reflector.ts';
import { Store } from '../../../src/kube/store.ts';
import { configMaps, startApiStandIn } from '../../support/api-stand-in.ts';
import { hangs, reset, silent } from '../../support/misbehaviour.ts';
import { until } from '../../support/until.ts';
import { parse } from './mirrored.ts';
import { reflect } from './reflecting.ts';

for (const [when, lists, watches] of [
  ['while the first list hangs', [hangs], []],
  ['while a watch hangs', [], [hangs]],
  ['while a watch is silent', [], [silent]],
] as const)
  test(`it can be stopped ${when}, and leaves no request open`, async (t) => {
    const api = await startApiStandIn(t);
    api.lists.push(...lists);
    api.watches.push(...watches);
    const { stop, restarts } = reflect(t, api);
    const expectedRequests = lists.length === 0 ? 2 : 1;
    await until(() => api.requests.length === expectedRequests, 'it hangs');
    await stop();
    await until(() => api.requests.every(({ response }) => response.closed), 'no request is open');
    assert.deepEqual(restarts, []);
  });

test('it can be stopped while it waits for its next try', async (t) => {
  const api = await startApiStandIn(t);
  api.lists.push(reset);
  const { stop, restarts } = reflect(t, api, { intervals: { backoff: { baseMs: 600_000, maxMs: 600_000 } } });
  await until(() => restarts.length === 1, 'it has failed');
  await stop();
  assert.equal(api.requests.length, 1);
});

test('a handler may stop it, and then no watch is opened', async (t) => {
  const api = await startApiStandIn(t);
  const client = new KubeClient(api.config, { userAgent: 'test' });
  t.after(() => client.close());
  const stopping = new AbortController();
  t.after(() => stopping.abort());
  const handlers = { upsert: () => {}, delete: () => {}, synced: () => stopping.abort() };
  const reflector = new Reflector({ client, path: configMaps, parse, store: new Store(), handlers });
  let isEnded = false;
  void reflector.run(stopping.signal).then(() => (isEnded = true));
  await until(() => isEnded, 'it has stopped', 5000);
  assert.equal(api.requestsOf('watch').length, 0);
});
