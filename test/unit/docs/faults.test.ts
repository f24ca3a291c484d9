// What test/faults/README.md names as shown is shown: every fault and invariant has a test, and that is in its file.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

const page = new URL('../../faults/README.md', import.meta.url);
const text = readFileSync(page, 'utf8');
const tables = text.slice(text.indexOf('## Faults'));
const rows = tables.split('\n').filter((line) => /^\| (?!---|fault \||invariant \|)/.test(line));

/** One or more titles, then the file that has them. */
const references = rows.flatMap((row) =>
  [...row.matchAll(/((?:`[^`]+`[^`[]*)+)\[[^\]]+\]\(([^)]+)\)/g)].flatMap(([, titles = '', path = '']) =>
    [...titles.matchAll(/`([^`]+)`/g)].map(([, title = '']) => ({ title, file: new URL(path, page) })),
  ),
);

test('every fault and every invariant names what shows it', () => {
  assert.ok(rows.length > 45, `${rows.length} rows`);
  assert.deepEqual(
    rows.filter((row) => !/`[^`]+`.*\[[^\]]+\]\([^)]+\)/.test(row)),
    [],
  );
  for (let invariant = 1; invariant <= 13; invariant += 1)
    assert.ok(
      rows.some((row) => row.startsWith(`| I${invariant} `)),
      `I${invariant}`,
    );
});

test('every file that the page links to exists', () => {
  const links = [...text.matchAll(/\]\(([^)]+)\)/g)].map(([, path = '']) => new URL(path, page));
  assert.deepEqual(
    links.filter((link) => !existsSync(link)),
    [],
  );
});

test('everything that the page names is in its file', () => {
  assert.ok(references.length > rows.length);
  assert.deepEqual(
    references.filter(({ title, file }) => !readFileSync(file, 'utf8').includes(title)),
    [],
  );
});
