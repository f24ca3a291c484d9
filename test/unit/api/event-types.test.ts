// What an endpoint asks for, by the types' own names and by those that it gives them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { type EventType, eventTypes, nameOf, pingType, typesAsked } from '../../../src/api/event-types.ts';

const names = {
  'analysis.started': 'video.process_started',
  'analysis.completed': 'video.process_succeeded',
  'webhook.ping': 'are.you.there',
};

test('a type is called by its own name where it has none from the endpoint', () => {
  for (const type of [...eventTypes, pingType] as const) {
    assert.equal(nameOf(type, undefined), type);
    assert.equal(nameOf(type, {}), type);
  }
  assert.equal(nameOf('analysis.failed', names), 'analysis.failed');
});

test('a type is called by the name that the endpoint gives it, the ping too', () => {
  assert.equal(nameOf('analysis.completed', names), 'video.process_succeeded');
  assert.equal(nameOf('webhook.ping', names), 'are.you.there');
});

test('analysis.* asks for all four, whatever else is asked for', () => {
  assert.deepEqual(typesAsked(['analysis.*'], undefined), eventTypes);
  assert.deepEqual(typesAsked(['video.process_started', 'analysis.*'], names), eventTypes);
});

test('types are asked for by either name, and come once, in their own order', () => {
  assert.deepEqual(typesAsked(['analysis.failed', 'analysis.started'], undefined), [
    'analysis.started',
    'analysis.failed',
  ]);
  assert.deepEqual(typesAsked(['video.process_succeeded', 'analysis.completed', 'analysis.started'], names), [
    'analysis.started',
    'analysis.completed',
  ]);
});

test('one name for two types asks for both', () => {
  const over = { 'analysis.completed': 'video.over', 'analysis.failed': 'video.over' };
  assert.deepEqual(typesAsked(['video.over'], over), ['analysis.completed', 'analysis.failed']);
});

test('a name that is given to nothing, or to the ping alone, asks for nothing', () => {
  assert.deepEqual(typesAsked(['video.process_failed', 'are.you.there', 'webhook.ping'], names), []);
});

const types = fc.constantFrom<EventType>(...eventTypes);
const given = fc.dictionary(types, fc.constantFrom('a', 'b', 'toString', 'analysis.failed'));

test('asking by the name that the receiver sees asks at least for what has it', () => {
  fc.assert(
    fc.property(fc.uniqueArray(types), given, (wanted, names) => {
      const asked = typesAsked(
        wanted.map((type) => nameOf(type, names)),
        names,
      );
      for (const type of wanted) assert.ok(asked.includes(type), type);
    }),
  );
});
