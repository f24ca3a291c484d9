// That the mutants still fit the sources, and that the tests exist which must notice them: a look that takes no time.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { repository } from '../../../tools/control-plane/paths.ts';
import { type Mutant, mutated, sourceOf } from '../../mutants/mutant.ts';
import { mutants } from '../../mutants/mutants.ts';

test('each mutant has a name of its own', () => {
  assert.equal(new Set(mutants.map(({ name }) => name)).size, mutants.length);
});

for (const mutant of mutants) {
  test(`${mutant.name}: every edit fits its source and changes it`, () => {
    for (const { file } of mutant.edits) {
      const source = sourceOf(file);
      assert.notEqual(mutated(mutant, file, source), source);
    }
  });

  test(`${mutant.name}: the test that must notice it exists`, () => {
    const { file, path } = mutant.caughtBy;
    const text = readFileSync(join(repository, file), 'utf8');
    for (const name of path)
      assert.ok(text.includes(`'${name}'`) || text.includes(`"${name}"`), `${file} has '${name}'`);
  });
}

test('an edit that does not fit exactly once is an error that names the mutant', () => {
  const edit = { file: 'main.ts', from: 'one', to: 'two' };
  const mutant: Mutant = {
    name: 'example',
    breaks: '',
    edits: [edit],
    caughtBy: { file: '', path: [''] },
  };
  assert.equal(mutated(mutant, 'main.ts', 'just one'), 'just two');
  assert.equal(mutated(mutant, 'other.ts', 'just one'), 'just one');
  for (const source of ['two', 'one and one'])
    assert.throws(() => mutated(mutant, 'main.ts', source), /mutant example: src\/main\.ts has \d times/);
});
