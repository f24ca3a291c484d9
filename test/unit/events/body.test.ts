// What holds for the bodies of every format.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { eventTypes } from '../../../src/api/event-types.ts';
import type { LedgerEvent } from '../../../src/api/ledger.ts';
import { type Format, formats } from '../../../src/api/webhook-endpoint.ts';
import { type BodyInput, bodyOf, formatSends, pingBody } from '../../../src/events/body.ts';
import type { Observed } from '../../../src/events/ladder.ts';
import {
  eventOf,
  eventsOf,
  inputOf,
  pick,
  pingOf,
  received,
  resultOf,
  sent,
  told,
  toldOfAll,
} from './body-samples.ts';
import { analysisOf, follow, moments, paths, timeAt } from './samples.ts';

const all = eventsOf({ phase: 'Success' });

/** Where each format has the name of the type; JobResult has one in pings only. */
const nameMember = {
  Milestone: 'event_type',
  Envelope: 'type',
  JobResult: 'type',
  CompletionRate: 'event',
  CloudEvents: 'type',
} as const;

const typeName = fc.stringMatching(/^[A-Za-z0-9]([A-Za-z0-9_.-]{0,20}[A-Za-z0-9])?$/);

const inputs: fc.Arbitrary<BodyInput> = fc
  .record({
    format: fc.constantFrom(...formats),
    event: fc.constantFrom(...all, ...Object.values(eventOf)),
    spec: fc.record(
      {
        analysisId: fc.string({ unit: 'binary', minLength: 1, maxLength: 64 }),
        customId: fc.string({ minLength: 1 }),
      },
      { requiredKeys: [] },
    ),
    eventTypeNames: fc.dictionary(fc.constantFrom(...eventTypes), typeName),
    companyId: fc.string({ unit: 'binary', minLength: 1, maxLength: 64 }),
    result: fc.option(
      fc.json().map((json) => resultOf(`{"member":${json}}`)),
      { nil: undefined },
    ),
  })
  .map(({ format, event, spec, eventTypeNames, companyId, result }) =>
    inputOf(format, event, {
      analysis: analysisOf(spec),
      spec: { eventTypeNames, envelope: { companyId } },
      result,
    }),
  );

test('JobResult alone leaves events out: it has the last one only', () => {
  for (const format of formats) {
    const sequences = all
      .filter((event) => bodyOf(inputOf(format, event)) !== undefined)
      .map(({ sequence }) => sequence);
    const every = all.map(({ sequence }) => sequence);
    assert.deepEqual(sequences, format === 'JobResult' ? [11] : every, format);
    assert.deepEqual(
      sequences,
      every.filter((sequence) => formatSends(format, sequence)),
    );
  }
});

test('the same input has the same bytes, which are JSON and survive UTF-8, and stays as it was', () => {
  fc.assert(
    fc.property(inputs, (input) => {
      const before = structuredClone({ ...input, result: JSON.stringify(input.result) });
      const body = bodyOf(deepFrozen(input));
      assert.deepEqual(bodyOf(input), body);
      assert.deepEqual({ ...input, result: JSON.stringify(input.result) }, before);
      if (body === undefined) return;
      assert.equal(typeof JSON.parse(body.text), 'object');
      assert.equal(Buffer.from(body.text).toString(), body.text);
    }),
  );
});

test('one number has one body but for time and phase, whatever was missed or forgotten', () => {
  fc.assert(
    fc.property(fc.constantFrom(...formats), paths('any'), moments, moments, (format, path, one, other) => {
      const bodiesOf = (events: readonly LedgerEvent[]) =>
        events.map((event): [number, string | undefined] => {
          const alike: LedgerEvent = { ...event, time: timeAt(0), phase: 'Analyzing' };
          return [event.sequence, bodyOf(inputOf(format, alike))?.text];
        });
      const bodies = new Map(bodiesOf(follow(path, one).ledger.events));
      for (const [sequence, text] of bodiesOf(follow(path, other).ledger.events))
        assert.equal(text, bodies.has(sequence) ? bodies.get(sequence) : text);
    }),
  );
});

test('a type has the name that the endpoint gives it, and no other type has it', () => {
  for (const format of formats) {
    if (format === 'JobResult') continue;
    for (const type of eventTypes) {
      const spec = { eventTypeNames: { [type]: 'video.own_name' } };
      for (const other of eventTypes) {
        const named = told(format, eventOf[other], { spec });
        assert.equal(named[nameMember[format]] === 'video.own_name', other === type, `${format} ${other}`);
        if (other === type) continue;
        assert.deepEqual(named, told(format, eventOf[other]), `${format} ${other}`);
      }
    }
  }
});

test('an own name reaches the data of a CloudEvent too', () => {
  const spec = { eventTypeNames: { 'analysis.completed': 'video.done' } };
  const body = told('CloudEvents', eventOf['analysis.completed'], { spec });
  assert.partialDeepStrictEqual(body, { type: 'video.done', data: { event_type: 'video.done' } });
});

test('a ping has the name that the endpoint gives it', () => {
  for (const format of formats) {
    const body = received(pingBody(pingOf(format, { eventTypeNames: { 'webhook.ping': 'are.you.there' } })));
    assert.equal(body[nameMember[format]], 'are.you.there', format);
  }
});

test('a ping asked for again has the same body', () => {
  for (const format of formats) assert.deepEqual(pingBody(pingOf(format)), pingBody(pingOf(format)));
});

test('without an analysisId the UID of the object stands for it', () => {
  const unnamed = analysisOf();
  const texts = (analysis: typeof unnamed) =>
    formats.map((format) => sent(inputOf(format, eventOf['analysis.completed'], { analysis })).text);
  assert.deepEqual(texts(unnamed), texts(analysisOf({ analysisId: unnamed.metadata.uid })));
  for (const text of texts(unnamed)) assert.ok(text.includes(`"${unnamed.metadata.uid}"`));
});

test('times are UTC ending in Z: as they were kept, and changed only where they have another offset', () => {
  assert.deepEqual(timesOf('2026-10-21T08:00:00.5Z'), Array(3).fill('2026-10-21T08:00:00.5Z'));
  assert.deepEqual(timesOf('2026-10-21T10:00:00.5+02:00'), Array(3).fill('2026-10-21T08:00:00.500Z'));
});

test('analyzing stays analyzing in Aggregating, and ends in success or failed', () => {
  const analyzing = Array<string>(10).fill('analyzing');
  assert.deepEqual(statusesIn('Milestone', { phase: 'Aggregating', percentage: 10 }), [
    'analyzing',
    'analyzing',
  ]);
  assert.deepEqual(statusesIn('Milestone', { phase: 'Success' }), [...analyzing, 'success']);
  assert.deepEqual(statusesIn('Milestone', { phase: 'Failed', percentage: 10 }), [
    'analyzing',
    'analyzing',
    'failed',
  ]);
});

test('CompletionRate is aggregating where the rung was first seen so, and running otherwise', () => {
  const running = Array<string>(10).fill('running');
  assert.deepEqual(statusesIn('CompletionRate', { phase: 'Analyzing', percentage: 10 }), [
    'running',
    'running',
  ]);
  assert.deepEqual(statusesIn('CompletionRate', { phase: 'Aggregating', percentage: 10 }), [
    'aggregating',
    'aggregating',
  ]);
  assert.deepEqual(statusesIn('CompletionRate', { phase: 'Success' }), [...running, 'done']);
  assert.deepEqual(statusesIn('CompletionRate', { phase: 'Failed', percentage: 10 }), [
    'running',
    'running',
    'error',
  ]);
});

test('a failure of which no percentage was ever told is at 0', () => {
  const failed = pick(eventsOf({ phase: 'Failed' }), 11);
  assert.equal(told('Milestone', failed)['percentage'], 0);
  assert.equal(told('CompletionRate', failed)['completion_rate'], 0);
});

test('an Envelope tells whole seconds, of the second that the event was in', () => {
  for (const time of ['2022-08-31T18:46:32.000Z', '2022-08-31T18:46:32.999Z']) {
    const { created } = told('Envelope', { ...eventOf['analysis.started'], time });
    assert.equal(created, 1661971592, time);
  }
});

test('the coid is the companyId, or else the namespace', () => {
  const coids: readonly [object, string][] = [
    [{ envelope: { companyId: 'omega-cop-OyJrgi5-fx' } }, 'omega-cop-OyJrgi5-fx'],
    [{ envelope: {} }, 'team-a'],
    [{}, 'team-a'],
  ];
  for (const [more, coid] of coids) {
    const spec = { ...more };
    assert.equal(told('Envelope', eventOf['analysis.started'], { spec })['coid'], coid);
    assert.equal(received(pingBody(pingOf('Envelope', spec)))['coid'], coid);
  }
});

test('the numbers of CloudEvents sort as strings, as their extension wants it', () => {
  const sequences = all.map((event) => String(told('CloudEvents', event)['sequence']));
  assert.deepEqual(sequences.toSorted(), sequences);
  assert.equal(new Set(sequences).size, 11);
});

test('attributes of a CloudEvent are named as the specification allows, and are strings that are not empty', () => {
  for (const event of Object.values(eventOf)) {
    const { data, ...attributes } = told('CloudEvents', event);
    assert.equal(typeof data, 'object');
    for (const [name, value] of Object.entries(attributes)) {
      assert.match(name, /^[a-z0-9]{1,20}$/);
      assert.match(String(value), /./, name);
      assert.equal(typeof value, 'string', name);
    }
  }
});

function statusesIn(format: Format, observed: Observed): readonly unknown[] {
  return toldOfAll(format, 'status', observed);
}

function timesOf(time: string): unknown[] {
  const event = { ...eventOf['analysis.started'], time };
  const ping = received(pingBody(pingOf('CloudEvents', {}, { time })));
  return [told('Milestone', event)['timestamp'], told('CloudEvents', event)['time'], ping['time']];
}

function deepFrozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  for (const member of Object.values(value)) deepFrozen(member);
  return Object.freeze(value);
}
