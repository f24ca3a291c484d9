// Which labels a selector picks.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { type LabelSelector, labelSelector, selects } from '../../../src/api/label-selector.ts';

type Labels = Readonly<Record<string, string>>;
type Requirement = NonNullable<LabelSelector['matchExpressions']>[number];

const gold: Labels = { tier: 'gold', app: 'vision' };

/** Whether a selector with this requirement alone picks these labels. */
const meets = (labels: Labels, requirement: Requirement) =>
  selects({ matchExpressions: [requirement] }, labels);

test('no selector, and an empty one, pick everything', () => {
  assert.equal(selects(undefined, {}), true);
  assert.equal(selects({}, gold), true);
  assert.equal(selects({ matchLabels: {}, matchExpressions: [] }, gold), true);
});

test('matchLabels wants every label with its value', () => {
  assert.equal(selects({ matchLabels: { tier: 'gold' } }, gold), true);
  assert.equal(selects({ matchLabels: { tier: 'gold', app: 'vision' } }, gold), true);
  assert.equal(selects({ matchLabels: { tier: 'gold', app: 'audio' } }, gold), false);
  assert.equal(selects({ matchLabels: { zone: 'a' } }, gold), false);
  assert.equal(selects({ matchLabels: { zone: '' } }, gold), false);
  assert.equal(selects({ matchLabels: { zone: '' } }, { zone: '' }), true);
});

const tier = (operator: 'In' | 'NotIn', ...values: string[]) => ({ key: 'tier', operator, values });

test('In wants one of the values; NotIn wants none of them, and takes a label that is not there', () => {
  assert.equal(meets(gold, tier('In', 'silver', 'gold')), true);
  assert.equal(meets(gold, tier('In', 'silver')), false);
  assert.equal(meets({}, tier('In', 'silver')), false);
  assert.equal(meets(gold, tier('NotIn', 'silver', 'gold')), false);
  assert.equal(meets(gold, tier('NotIn', 'silver')), true);
  assert.equal(meets({}, tier('NotIn', 'silver')), true);
});

test('Exists and DoesNotExist look at the label whatever its value', () => {
  assert.equal(meets({ tier: '' }, { key: 'tier', operator: 'Exists' }), true);
  assert.equal(meets({}, { key: 'tier', operator: 'Exists' }), false);
  assert.equal(meets({ tier: '' }, { key: 'tier', operator: 'DoesNotExist' }), false);
  assert.equal(meets({}, { key: 'tier', operator: 'DoesNotExist' }), true);
});

test('a key that every JavaScript object answers to is a label like any other', () => {
  for (const key of ['constructor', 'toString', 'valueOf']) {
    assert.equal(meets({}, { key, operator: 'Exists' }), false);
    assert.equal(meets({}, { key, operator: 'DoesNotExist' }), true);
    assert.equal(meets({ [key]: 'yes' }, { key, operator: 'In', values: ['yes'] }), true);
  }
});

const keys = fc.constantFrom('app', 'tier', 'constructor');
const values = fc.constantFrom('', 'a', 'b');
const labels = fc.dictionary(keys, values);
const requirements: fc.Arbitrary<Requirement> = fc.oneof(
  fc.record({
    key: keys,
    operator: fc.constantFrom('In', 'NotIn'),
    values: fc.uniqueArray(values, { minLength: 1 }),
  }),
  fc.record({ key: keys, operator: fc.constantFrom('Exists', 'DoesNotExist') }),
);
const negated = { In: 'NotIn', NotIn: 'In', Exists: 'DoesNotExist', DoesNotExist: 'Exists' } as const;

test('of an operator and its negation exactly one holds', () => {
  fc.assert(
    fc.property(labels, requirements, (labels, requirement) => {
      const opposite = { ...requirement, operator: negated[requirement.operator] };
      assert.notEqual(meets(labels, requirement), meets(labels, opposite));
    }),
  );
});

test('a selector picks what each of its parts picks', () => {
  fc.assert(
    fc.property(labels, labels, fc.array(requirements, { maxLength: 4 }), (labels, wanted, expressions) => {
      const parts: LabelSelector[] = [
        ...Object.entries(wanted).map(([key, value]) => ({ matchLabels: { [key]: value } })),
        ...expressions.map((one) => ({ matchExpressions: [one] })),
      ];
      const whole = selects({ matchLabels: wanted, matchExpressions: expressions }, labels);
      assert.equal(
        whole,
        parts.every((part) => selects(part, labels)),
      );
    }),
  );
});

test('a label wanted by matchLabels is the same as one wanted by In with its value', () => {
  fc.assert(
    fc.property(labels, keys, values, (labels, key, value) => {
      const byLabel = selects({ matchLabels: { [key]: value } }, labels);
      assert.equal(byLabel, meets(labels, { key, operator: 'In', values: [value] }));
    }),
  );
});

test('a selector reads back as it was written', () => {
  const written = {
    matchLabels: { 'example.com/tier': 'gold' },
    matchExpressions: [
      { key: 'app', operator: 'NotIn', values: ['audio'] },
      { key: 'zone', operator: 'Exists' },
    ],
  };
  assert.deepEqual(labelSelector.parse(written), written);
  assert.throws(() => labelSelector.parse({ matchExpressions: [{ key: 'app', operator: 'Gt' }] }));
});
