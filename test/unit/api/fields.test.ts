// The building blocks of the schemas: bounds must mean to us what they mean to the API server.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { count, text } from '../../../src/api/fields.ts';

test('text is bounded in characters as the API server counts them, so that what it has stored can be read', () => {
  for (const longest of ['abcde', 'ééééé', '😀😀😀😀😀']) {
    assert.equal(text(5).safeParse(longest).success, true, longest);
    assert.equal(text(5).safeParse(`${longest}e`).success, false, longest);
  }
  assert.equal(text(5).safeParse(5).success, false);
});

test('the bounds of text and numbers stand in the JSON schema', () => {
  const { $schema: _, ...bounded } = z.toJSONSchema(text(5).min(1));
  assert.deepEqual(bounded, { type: 'string', minLength: 1, maxLength: 5 });
  const { $schema: __, ...number } = z.toJSONSchema(count(2, 30));
  assert.deepEqual(number, { type: 'integer', minimum: 2, maximum: 30 });
});

test('a number is whole and within its bounds', () => {
  const parsed = [1, 2, 30, 31, 2.5, '2'].map((value) => count(2, 30).safeParse(value).success);
  assert.deepEqual(parsed, [false, true, true, false, false, false]);
});
