// Events for people: written in the background, never in anybody's way.
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import * as fc from 'fast-check';
import { KubeClient } from '../../../src/kube/client.ts';
import { type EventRecord, EventRecorder } from '../../../src/kube/event-recorder.ts';
import { textAt, objectAt } from '../../../src/kube/raw.ts';
import { type ApiStandIn, type Behaviour, json, startApiStandIn } from '../../support/api-stand-in.ts';
import { hangs, reset, status } from '../../support/misbehaviour.ts';
import { until } from '../../support/until.ts';

const path = '/apis/events.k8s.io/v1/namespaces/ochy/events';

const accepts: Behaviour = ({ response }) => json(response, 201, {});

const failed: EventRecord = {
  object: {
    apiVersion: 'heliograph.dev/v1alpha1',
    kind: 'Analysis',
    namespace: 'ochy',
    name: 'run',
    uid: 'u1',
  },
  type: 'Warning',
  reason: 'DeliveryFailed',
  action: 'Deliver',
  note: 'gave up after 15 attempts',
};

async function recording(t: TestContext, ...answers: Behaviour[]) {
  const api = await startApiStandIn(t);
  api.other = (request) => (answers.shift() ?? accepts)(request, api);
  const client = new KubeClient(api.config, { userAgent: 'test', timeoutMs: 5000 });
  t.after(() => client.close());
  const logs: string[] = [];
  const log = (level: string, event: string) => logs.push(`${level}: ${event}`);
  const options = { client, component: 'heliograph', instance: 'pod-1', log, now: () => 1_767_225_600_123 };
  return { api, logs, recorder: new EventRecorder(options) };
}

const bodies = (api: ApiStandIn): unknown[] => api.requests.map(({ body }): unknown => JSON.parse(body));
const notes = (api: ApiStandIn): string[] => bodies(api).map((body) => textAt(body, 'note'));
const names = (api: ApiStandIn): string[] =>
  bodies(api).map((body) => textAt(objectAt(body, 'metadata'), 'name'));

test('an event is written with all that the API demands', async (t) => {
  const { api, recorder, logs } = await recording(t);
  recorder.record(failed);
  await recorder.flush(5000);
  assert.equal(api.requests[0]?.method, 'POST');
  assert.equal(api.requests[0].url.pathname, path);
  const [name = ''] = names(api);
  assert.match(name, /^run\.[0-9a-f]+$/);
  assert.deepEqual(bodies(api), [
    {
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: { name, namespace: 'ochy' },
      eventTime: '2026-01-01T00:00:00.123000Z',
      reportingController: 'heliograph',
      reportingInstance: 'pod-1',
      regarding: failed.object,
      type: 'Warning',
      reason: 'DeliveryFailed',
      action: 'Deliver',
      note: 'gave up after 15 attempts',
    },
  ]);
  assert.deepEqual(logs, []);
});

test('an event about an object of the whole cluster goes to the namespace default', async (t) => {
  const { api, recorder } = await recording(t);
  recorder.record({ ...failed, object: { ...failed.object, namespace: '' } });
  await recorder.flush(5000);
  assert.equal(api.requests[0]?.url.pathname, path.replace('ochy', 'default'));
});

test('a repetition is not written, another note is', async (t) => {
  const { api, recorder } = await recording(t);
  for (const note of ['one', 'two', 'one', 'one']) recorder.record({ ...failed, note });
  await recorder.flush(5000);
  assert.deepEqual(notes(api), ['one', 'two']);
});

test('a namespace on its way out, or gone, is no news', async (t) => {
  const causes = [{ reason: 'NamespaceTerminating', field: 'metadata.namespace', message: 'going' }];
  const { api, recorder, logs } = await recording(t, status(403, { details: { causes } }), status(404));
  recorder.record(failed);
  recorder.record({ ...failed, note: 'another' });
  await recorder.flush(5000);
  assert.deepEqual([api.requests.length, logs], [2, []]);
});

test('an event that is refused for another reason is lost, and that is logged', async (t) => {
  const { api, recorder, logs } = await recording(t, status(403), status(422));
  for (const note of ['one', 'two', 'three']) recorder.record({ ...failed, note });
  await recorder.flush(5000);
  assert.deepEqual(notes(api), ['one', 'two', 'three']);
  assert.deepEqual(logs, ['warn: event is lost', 'warn: event is lost']);
});

for (const [what, behaviour] of [
  ['a reset', reset],
  ['a 500', status(500)],
] as const)
  test(`after ${what} an event is sent once more under its name`, async (t) => {
    const { api, recorder, logs } = await recording(t, behaviour);
    recorder.record(failed);
    await recorder.flush(5000);
    assert.equal(api.requests.length, 2);
    assert.equal(new Set(names(api)).size, 1);
    assert.deepEqual(logs, []);
  });

test('a second try that finds its name taken has come through the first time', async (t) => {
  const { recorder, logs } = await recording(t, reset, status(409, { reason: 'AlreadyExists' }));
  recorder.record(failed);
  await recorder.flush(5000);
  assert.deepEqual(logs, []);
});

test('an API server that is down twice in a row costs the event, not the next one', async (t) => {
  const { api, recorder, logs } = await recording(t, reset, reset);
  recorder.record(failed);
  recorder.record({ ...failed, note: 'next' });
  await recorder.flush(5000);
  assert.equal(notes(api).at(-1), 'next');
  assert.deepEqual(logs, ['warn: event is lost']);
});

test('while an event hangs a thousand wait, the others are dropped with one line in the log', async (t) => {
  const { api, recorder, logs } = await recording(t, hangs);
  for (let uid = 0; uid < 1500; uid += 1)
    recorder.record({ ...failed, object: { ...failed.object, uid: `u${uid}` } });
  await until(() => api.requests.length === 1, 'the first is sent');
  assert.deepEqual(logs, ['warn: events are dropped']);
  await recorder.flush(0);
});

test('a flush gives up in time, and forgets what waited', async (t) => {
  const { api, recorder } = await recording(t, hangs);
  recorder.record(failed);
  recorder.record({ ...failed, note: 'behind it' });
  await until(() => api.requests.length === 1, 'the first is sent');
  await recorder.flush(1);
  api.cut();
  await until(() => api.requests.length >= 2, 'the first is tried again');
  recorder.record({ ...failed, note: 'later' });
  await recorder.flush(5000);
  assert.deepEqual(notes(api), [failed.note, failed.note, 'later']);
});

test('a flush does not keep the pace', async (t) => {
  const { api, recorder } = await recording(t);
  for (let uid = 0; uid < 400; uid += 1)
    recorder.record({ ...failed, object: { ...failed.object, uid: `u${uid}` } });
  // At 20 a second this would take 19 s.
  await recorder.flush(10_000);
  assert.equal(api.requests.length, 400);
});

const created: unknown[] = [];
let madeSoFar = 0;
const collecting = new EventRecorder({
  client: { create: async (_path, body) => created.push(body) },
  component: 'heliograph',
  instance: 'x'.repeat(300),
  log: () => {},
});

/** What the API server would be asked to store; about another object each time, or it would be a repetition. */
async function made({ name = 'run', note = '' }: { name?: string; note?: string }): Promise<unknown> {
  created.length = 0;
  madeSoFar += 1;
  collecting.record({ ...failed, note, object: { ...failed.object, name, uid: `u${madeSoFar}` } });
  await collecting.flush(5000);
  return created[0];
}

test('the name of an event is valid for any name of an object, even the longest', async () => {
  // Cut at any place, the one behind a dot or a dash included.
  const name = fc
    .tuple(
      fc.integer({ min: 1, max: 250 }),
      fc.constantFrom('.', '-', '--'),
      fc.integer({ min: 1, max: 250 }),
    )
    .map(([before, between, after]) => `${'a'.repeat(before)}${between}${'b'.repeat(after)}`.slice(0, 253))
    .filter((name) => !name.endsWith('.') && !name.endsWith('-'));
  await fc.assert(
    fc.asyncProperty(name, async (name) => {
      const event = await made({ name });
      const own = textAt(objectAt(event, 'metadata'), 'name');
      assert.match(own, /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/);
      assert.ok(own.length <= 253);
      assert.equal(textAt(event, 'reportingInstance').length, 128);
    }),
    { numRuns: 1000 },
  );
});

test('a note is cut to 1024 bytes at a whole character', async () => {
  const character = fc.oneof(fc.constantFrom('a', 'ü', '—', '🛰'), fc.string({ unit: 'grapheme' }));
  const note = fc
    .array(character, { minLength: 300, maxLength: 1200 })
    .map((characters) => characters.join(''));
  await fc.assert(
    fc.asyncProperty(note, async (note) => {
      const written = textAt(await made({ note }), 'note');
      assert.ok(Buffer.byteLength(written) <= 1024);
      if (Buffer.byteLength(note) <= 1024) assert.equal(written, note);
      else assert.ok(written.endsWith('…') && note.startsWith(written.slice(0, -1)));
    }),
  );
});
