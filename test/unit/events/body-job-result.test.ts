// The JobResult format: what becomes of any result.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { type Body, bodyOf } from '../../../src/events/body.ts';
import { analysis, eventOf, inputOf, received, resultOf, sent, told, url } from './body-samples.ts';
import { analysisOf } from './samples.ts';

const largestBytes = 256 * 1024;

const ours = {
  id: 'video-42',
  createdAt: 1792566000000,
  status: 'COMPLETED_SUCCESSFULLY',
  customId: 'clip-7',
  feedId: 'Camera_123456',
  webhookUrl: url,
};

function bodyWith(result: Record<string, unknown> | undefined): Body {
  return sent(inputOf('JobResult', eventOf['analysis.completed'], { result }));
}

/** Members as JSON has them, in any order, `__proto__` and numbers that a double cannot hold included. */
function membersOf(json: string): Map<string, string> {
  return new Map(Object.entries(resultOf(json)).map(([name, value]) => [name, JSON.stringify(value)]));
}

/** A result whose JSON has so many bytes, of characters that have `width` bytes each in JSON. */
function resultOfBytes(bytes: number, character: string, width: number): { member: string } {
  const left = bytes - '{"member":""}'.length;
  return { member: character.repeat(Math.floor(left / width)) + 'x'.repeat(left % width) };
}

const nested = (levels: number) => resultOf(`{"member":${'['.repeat(levels)}${']'.repeat(levels)}}`);

const memberName = fc.oneof(
  fc.constantFrom(
    ...Object.keys(ours),
    '__proto__',
    'constructor',
    'hasOwnProperty',
    'toJSON',
    'rawJSON',
    'resultOmitted',
    'toString',
    'then',
    '',
    '0',
  ),
  fc.string({ unit: 'binary', maxLength: 10 }),
);

/** JSON numbers as workers may write them: more digits, zeros and exponents than a double has. */
const numberText = fc
  .tuple(
    fc.constantFrom('', '-'),
    fc.bigInt({ min: 0n, max: 10n ** 40n }),
    fc.stringMatching(/^(\.[0-9]{1,25})?$/),
    fc.stringMatching(/^([eE][+-]?[0-9]{1,3})?$/),
  )
  .map(([sign, whole, fraction, exponent]) => `${sign}${whole}${fraction}${exponent}`);

const valueText = fc.oneof(
  fc.json({ depthSize: 'small', stringUnit: 'binary' }),
  numberText,
  numberText.map((number) => `{"__proto__":[${number}],"toJSON":null,"rawJSON":"1"}`),
);

const resultText = fc
  .array(fc.tuple(memberName, valueText), { maxLength: 8 })
  .map((members) => `{${members.map(([name, value]) => `${JSON.stringify(name)}:${value}`).join(',')}}`);

test('any result comes through with every digit, and ours win', () => {
  fc.assert(
    fc.property(resultText, (json) => {
      const { text, resultOmitted } = bodyWith(resultOf(json));
      const expected = new Map([...membersOf(json), ...membersOf(JSON.stringify(ours))]);
      assert.deepEqual(membersOf(text), expected);
      assert.equal(resultOmitted, false);
    }),
  );
});

test('numbers keep the text that the worker wrote', () => {
  const numbers = '[9007199254740993,0.1000000000000000055511151231257827,1.50,1E2,-0,1e400]';
  const { text } = bodyWith(resultOf(`{"numbers":${numbers}}`));
  assert.ok(text.includes(`"numbers":${numbers}`), text);
});

test('a member __proto__ is sent as any other and changes nothing else', () => {
  const { text } = bodyWith(resultOf('{"__proto__":{"id":"theirs","status":"theirs"},"a":1}'));
  assert.equal(
    text,
    '{"id":"video-42","__proto__":{"id":"theirs","status":"theirs"},"a":1,"createdAt":1792566000000,' +
      '"status":"COMPLETED_SUCCESSFULLY","customId":"clip-7","feedId":"Camera_123456",' +
      `"webhookUrl":"${url}"}`,
  );
});

test('an empty result, and none, leave what is ours', () => {
  for (const result of [{}, undefined]) {
    const body = bodyWith(result);
    assert.deepEqual(received(body), ours);
    assert.equal(body.resultOmitted, false);
  }
});

test('customId and feedId are ours only where they are set', () => {
  const event = eventOf['analysis.completed'];
  const input = {
    analysis: analysisOf({ feedId: 'Camera_1' }),
    result: { customId: 'of the result', feedId: 1 },
  };
  const body = told('JobResult', event, input);
  assert.partialDeepStrictEqual(body, { customId: 'of the result', feedId: 'Camera_1' });
  const without = told('JobResult', event, { analysis: analysisOf() });
  assert.deepEqual(Object.keys(without), ['id', 'createdAt', 'status', 'webhookUrl']);
});

test('a failure carries its result too', () => {
  const input = inputOf('JobResult', eventOf['analysis.failed'], {
    result: { jobResults: [], status: 'ok' },
  });
  assert.deepEqual(received(sent(input)), { ...ours, status: 'FAILED', jobResults: [] });
});

test('the webhookUrl is the URL that is called', () => {
  const own = analysisOf({ ...analysis.spec, webhookUrl: 'https://example.com/of-the-spec' });
  const called = 'https://example.com/called?with=query';
  const input = inputOf('JobResult', eventOf['analysis.completed'], { analysis: own, url: called });
  assert.equal(received(sent(input))['webhookUrl'], called);
});

test('a result of 256 KiB is sent, and one of a byte more is left out and flagged', () => {
  const widths = { x: 1, é: 2, '\n': 2, '€': 3, '😀': 4, '\u0000': 6 };
  for (const [character, width] of Object.entries(widths)) {
    const result = resultOfBytes(largestBytes, character, width);
    const body = bodyWith(result);
    assert.deepEqual(received(body), { ...result, ...ours });
    assert.equal(body.resultOmitted, false);

    const without = bodyWith(resultOfBytes(largestBytes + 1, character, width));
    assert.deepEqual(received(without), { ...ours, resultOmitted: true });
    assert.equal(without.resultOmitted, true);
  }
});

test('the digits of a number count as they are written', () => {
  const digits = '9'.repeat(largestBytes - '{"n":}'.length);
  assert.equal(bodyWith(resultOf(`{"n":${digits}}`)).resultOmitted, false);
  assert.equal(bodyWith(resultOf(`{"n":${digits}9}`)).resultOmitted, true);
});

test('a result that is nested a thousand levels deep is sent, and a deeper one is left out and flagged', () => {
  assert.equal(bodyWith(nested(999)).resultOmitted, false);
  assert.deepEqual(received(bodyWith(nested(1000))), { ...ours, resultOmitted: true });
  const deep = JSON.parse(`{"member":${'['.repeat(100_000)}${']'.repeat(100_000)}}`) as Record<
    string,
    unknown
  >;
  assert.equal(bodyWith(deep).resultOmitted, true);
});

test('before the last rung there is no body, whatever the result', () => {
  const result = { jobResults: [] };
  assert.equal(bodyOf(inputOf('JobResult', eventOf['analysis.started'], { result })), undefined);
  assert.equal(bodyOf(inputOf('JobResult', eventOf['analysis.progress'], { result })), undefined);
});
