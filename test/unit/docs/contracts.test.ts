// What docs/contracts.md names as shown is shown: the files are there, and the tests are in them.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

const page = new URL('../../../docs/contracts.md', import.meta.url);
const text = readFileSync(page, 'utf8');

/** `title` in [file](path). */
const references = [...text.matchAll(/`([^`]+)` in \[[^\]]+\]\(([^)]+\.ts)\)/g)].map(
  ([, title = '', path = '']) => ({ title, file: new URL(path, page) }),
);

test('every statement of the contracts names a test', () => {
  const rows = text.split('\n').filter((line) => /^\| (?!---|the document says)/.test(line));
  assert.ok(rows.length > 70);
  assert.deepEqual(
    rows.filter((row) => !/` in \[[^\]]+\]\([^)]+\.test\.ts\)/.test(row)),
    [],
  );
});

test('every file that the page links to exists', () => {
  const links = [...text.matchAll(/\]\(([^)]+)\)/g)].map(([, path = '']) => new URL(path, page));
  assert.deepEqual(
    links.filter((link) => !existsSync(link)),
    [],
  );
});

test('every test that the page names is in its file', () => {
  assert.ok(references.length > 70);
  assert.deepEqual(
    references.filter(({ title, file }) => !sourceOf(file).some((source) => hasTitle(source, title))),
    [],
  );
});

test('the page names every test of the contracts', () => {
  const named = new Set(references.map(({ title }) => title));
  const files = new Set(
    references.map(({ file }) => file.href).filter((href) => href.includes('/contracts/')),
  );
  assert.equal(files.size, 5);
  const titles = [...files].flatMap((href) =>
    sourceOf(new URL(href)).flatMap((source) =>
      [...source.matchAll(/^ {2}'([^']+ [^']+)':\s+async/gm)].map(([, title = '']) => title),
    ),
  );
  assert.ok(titles.length > 60);
  assert.deepEqual(
    titles.filter((title) => !named.has(title)),
    [],
  );
});

/** The file, and what it takes from the folder of its own. */
function sourceOf(file: URL): string[] {
  const source = readFileSync(file, 'utf8');
  const own = [...source.matchAll(/from '(\.\/[^']+)'/g)].map(([, path = '']) => new URL(path, file));
  return [source, ...own.map((url) => readFileSync(url, 'utf8'))];
}

/** As a whole, or as what a title begins with that goes on with a variable. */
function hasTitle(source: string, title: string): boolean {
  return ["'", '"', '`'].some(
    (quote) => source.includes(`${quote}${title}${quote}`) || source.includes(`${quote}${title} \${`),
  );
}
