// The payloads that the documents of the four contracts show, which are under seeds/. The JobResult one has lost two
// commas that made it no JSON; the Milestone contract has a table instead.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  compactFile,
  eventOf,
  eventsOf,
  inputOf,
  pick,
  received,
  sent,
  told,
  toldOfAll,
} from './body-samples.ts';
import { analysisOf } from './samples.ts';

interface Seed {
  readonly [member: string]: unknown;
}

const seedOf = (name: string) => JSON.parse(compactFile(`seeds/${name}.json`)) as Seed;

test('Milestone: analysis_id, event_type, status, percentage, sequence and timestamp, in this order and of these types', () => {
  const types = Object.entries(typesOf(told('Milestone', eventOf['analysis.progress'])));
  assert.deepEqual(types, [
    ['analysis_id', 'string'],
    ['event_type', 'string'],
    ['status', 'string'],
    ['percentage', 'number'],
    ['sequence', 'number'],
    ['timestamp', 'string'],
  ]);
});

test('Milestone: the status and percentage of each event type are those of the table', () => {
  const [failure] = eventsOf({ phase: 'Failed', percentage: 37 }).slice(-1);
  assert.ok(failure !== undefined);
  const rows = [...eventsOf({ phase: 'Success' }), failure].map((event) => {
    const { event_type, status, percentage } = told('Milestone', event);
    return [event_type, status, percentage];
  });
  assert.deepEqual(rows, [
    ['analysis.started', 'analyzing', 0],
    ...[10, 20, 30, 40, 50, 60, 70, 80, 90].map((at) => ['analysis.progress', 'analyzing', at]),
    ['analysis.completed', 'success', 100],
    ['analysis.failed', 'failed', 37],
  ]);
});

test('Milestone: the timestamp is ISO 8601 in UTC', () => {
  const { timestamp } = told('Milestone', eventOf['analysis.started']);
  assert.equal(new Date(String(timestamp)).toISOString(), timestamp);
});

test('Envelope: the members, their order and their types are those of the example, but for the response', () => {
  const { response: _recorded, ...example } = seedOf('envelope');
  const body = received(sent(videoFailed()));
  assert.deepEqual(Object.keys(body), Object.keys(example));
  assert.deepEqual(typesOf(body), typesOf(example));
});

test('Envelope: every value is that of the example, but for the id and the data, which the example leaves empty', () => {
  const { response: _recorded, id: _id, data: _data, ...example } = seedOf('envelope');
  const { id: _ours, data, ...body } = received(sent(videoFailed()));
  assert.deepEqual(body, example);
  assert.deepEqual(data, { analysis_id: 'video-42', status: 'failed', percentage: 37, sequence: 11 });
});

test('JobResult: the body is the example, parsed', () => {
  const { jobResults, imageResults, ...example } = seedOf('job-result');
  const { id, customId, feedId, webhookUrl } = example;
  const analysis = analysisOf(
    { analysisId: id, customId, feedId, webhookUrl },
    { creationTimestamp: '2017-02-21T03:39:08Z' },
  );
  const input = inputOf('JobResult', eventOf['analysis.completed'], {
    analysis,
    url: String(webhookUrl),
    // As the API server sorts them.
    result: { imageResults, jobResults },
  });
  assert.deepEqual(received(sent(input)), seedOf('job-result'));
});

test('CompletionRate: analysis_done is the example, byte for byte', () => {
  const input = inputOf('CompletionRate', eventOf['analysis.completed'], smart());
  assert.equal(sent(input).text, compactFile('seeds/analysis-done.json'));
});

test('CompletionRate: analysis_completion_rate is the example, at the milestone before its 45 %', () => {
  const event = pick(eventsOf({ phase: 'Analyzing', percentage: 45 }), 5);
  const expected = { ...seedOf('analysis-completion-rate'), completion_rate: 40 };
  assert.equal(sent(inputOf('CompletionRate', event, smart())).text, JSON.stringify(expected));
});

test('CompletionRate: a progress status is running or aggregating, a final one done or error', () => {
  const statusOf = Object.fromEntries(
    Object.entries(eventOf).map(([type, event]) => [type, told('CompletionRate', event)['status']]),
  );
  assert.deepEqual(statusOf, {
    'analysis.started': 'running',
    'analysis.progress': 'aggregating',
    'analysis.completed': 'done',
    'analysis.failed': 'error',
  });
});

test('CompletionRate: completion_rate is an integer from 0 to 100', () => {
  const rates = toldOfAll('CompletionRate', 'completion_rate', { phase: 'Success' });
  assert.deepEqual(rates, [0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100]);
});

function videoFailed() {
  const { coid, endpoint_id: uid } = seedOf('envelope');
  const event = { ...eventOf['analysis.failed'], time: '2022-08-31T18:46:32.123Z' };
  const input = inputOf('Envelope', event, {
    spec: {
      envelope: { companyId: coid },
      eventTypeNames: {
        'analysis.completed': 'video.process_succeeded',
        'analysis.failed': 'video.process_failed',
      },
    },
  });
  return { ...input, endpoint: { ...input.endpoint, uid: String(uid) } };
}

function smart() {
  return { analysis: analysisOf({ analysisId: seedOf('analysis-done')['analysis_id'] }) };
}

function typesOf(body: Seed): Record<string, string> {
  return Object.fromEntries(Object.entries(body).map(([name, value]) => [name, typeof value]));
}
