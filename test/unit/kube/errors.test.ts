// Why a call failed, and what callers ask of it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import {
  ApiError,
  ConnectionError,
  connectionErrorFrom,
  isConflict,
  isExpired,
  isFailedTest,
  isForbidden,
  isNamespaceTerminating,
  isNotFound,
  isRefusedByRule,
  isResourceVersionTooLarge,
  isRetriable,
  isTooManyRequests,
  isUnknownOutcome,
} from '../../../src/kube/errors.ts';
import { tooLarge } from '../../support/misbehaviour.ts';

const predicates = {
  isConflict,
  isExpired,
  isFailedTest,
  isForbidden,
  isNamespaceTerminating,
  isNotFound,
  isRefusedByRule,
  isResourceVersionTooLarge,
  isRetriable,
  isTooManyRequests,
  isUnknownOutcome,
};

const withCause = (cause: object) => ({ details: { causes: [cause] } });

const rule = { reason: 'FieldValueInvalid', field: 'spec.url', message: 'must be https' };
const terminating = { reason: 'NamespaceTerminating', field: 'metadata.namespace', message: 'going' };

const table: readonly { of: string; error: unknown; answers: readonly string[] }[] = [
  { of: '404', error: new ApiError(404, {}), answers: ['isNotFound'] },
  { of: '409', error: new ApiError(409, {}), answers: ['isConflict'] },
  { of: '403', error: new ApiError(403, {}), answers: ['isForbidden'] },
  {
    of: '403 of a namespace on its way out',
    error: new ApiError(403, withCause(terminating)),
    answers: ['isForbidden', 'isNamespaceTerminating'],
  },
  { of: '410', error: new ApiError(410, {}), answers: ['isExpired'] },
  { of: '422 without causes', error: new ApiError(422, { details: {} }), answers: ['isFailedTest'] },
  { of: '422 with a cause', error: new ApiError(422, withCause(rule)), answers: ['isRefusedByRule'] },
  { of: '429', error: new ApiError(429, {}), answers: ['isRetriable', 'isTooManyRequests'] },
  { of: '500', error: new ApiError(500, {}), answers: ['isRetriable', 'isUnknownOutcome'] },
  {
    of: '504 for a version in the future',
    error: new ApiError(504, tooLarge),
    answers: ['isResourceVersionTooLarge', 'isRetriable', 'isUnknownOutcome'],
  },
  { of: 'no answer', error: new ConnectionError('reset'), answers: ['isRetriable', 'isUnknownOutcome'] },
  { of: '400', error: new ApiError(400, {}), answers: [] },
  { of: 'an error of our own', error: Object.assign(new Error('bug'), { status: 404 }), answers: [] },
];

for (const { of, error, answers } of table)
  test(`of ${of} is said: ${answers.join(', ') || 'nothing'}`, () => {
    const said = Object.entries(predicates).filter(([, asks]) => asks(error));
    assert.deepEqual(
      said.map(([name]) => name),
      answers,
    );
  });

test('an ApiError has the status, reason and causes of the answer', () => {
  const error = new ApiError(422, { reason: 'Invalid', message: 'spec.url is wrong', ...withCause(rule) });
  assert.deepEqual(
    [error.name, error.code, error.status, error.reason, error.message],
    ['ApiError', 'API_ERROR', 422, 'Invalid', 'spec.url is wrong'],
  );
  assert.deepEqual(error.causes, [rule]);
});

test('Retry-After comes from the header, else from the Status', () => {
  const body = { details: { retryAfterSeconds: 3 } };
  assert.equal(new ApiError(429, body, 7).retryAfterSeconds, 7);
  assert.equal(new ApiError(429, body).retryAfterSeconds, 3);
  assert.equal(new ApiError(429, {}).retryAfterSeconds, undefined);
});

test('an answer without a Status gives its text, or says at least its code', () => {
  assert.equal(new ApiError(502, ' bad gateway\n').message, 'bad gateway');
  assert.equal(new ApiError(502, '').message, 'the API server answered 502');
  assert.equal(new ApiError(502, undefined).message, 'the API server answered 502');
});

test('whatever the body is, the error can be made and its message stays short', () => {
  fc.assert(
    fc.property(fc.anything(), fc.string({ maxLength: 2000, size: 'max' }), (body, message) => {
      for (const given of [body, message, { message, details: { causes: [body, { message }] } }]) {
        const error = new ApiError(500, given);
        assert.ok(error.message.length <= 500 && error.message !== '');
        for (const cause of error.causes) assert.ok(cause.message.length <= 500);
      }
    }),
  );
});

test('a connection error tells the innermost reason', () => {
  const refused = new Error('connect ECONNREFUSED 127.0.0.1:6443');
  const wrapped = new TypeError('fetch failed', { cause: new AggregateError([refused, new Error('other')]) });
  assert.equal(connectionErrorFrom(wrapped).message, 'connect ECONNREFUSED 127.0.0.1:6443');
  assert.equal(connectionErrorFrom(wrapped).cause, wrapped);
  assert.equal(connectionErrorFrom('odd').message, 'odd');
  assert.equal(connectionErrorFrom(new RangeError('')).message, 'RangeError');
});

test('a connection error stays the one it is', () => {
  const error = new ConnectionError('timed out after 30 s');
  assert.equal(connectionErrorFrom(error), error);
});
