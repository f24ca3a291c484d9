// docs/security.md and SECURITY.md: what they link to exists, and every guarantee names the test that shows it.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

const root = new URL('../../../', import.meta.url);
const pages = ['docs/security.md', 'SECURITY.md'].map((path) => new URL(path, root));

const textOf = (page: URL): string => readFileSync(page, 'utf8');

const linksOf = (page: URL): URL[] =>
  [...textOf(page).matchAll(/\]\(([^)]+)\)/g)].map(([, path = '']) => new URL(path, page));

test('every file that the pages link to exists', () => {
  for (const page of pages) {
    const links = linksOf(page);
    assert.ok(links.length > 0);
    assert.deepEqual(
      links.filter((link) => !existsSync(link)),
      [],
    );
  }
});

test('every guarantee names a test', () => {
  const [page] = pages;
  assert.ok(page);
  const guarantees = textOf(page)
    .split('## What is guaranteed')[1]
    ?.split('\n## ')[0]
    ?.split('\n')
    .filter((line) => /^\| (?!---|guarantee)/.test(line));
  assert.ok(guarantees !== undefined && guarantees.length > 20);
  assert.deepEqual(
    guarantees.filter((row) => !/\]\(\.\.\/test\/[^)]+\.test\.ts\)/.test(row)),
    [],
  );
});

test('the table of hostile inputs is named, and so are the rules that administrators may loosen', () => {
  const text = pages.map(textOf).join('\n');
  for (const flag of ['--egress-allowed-cidrs', '--egress-allow-http', '--watch-namespaces'])
    assert.ok(text.includes(flag), flag);
  assert.ok(text.includes('test/unit/delivery/hostile.test.ts'));
});
