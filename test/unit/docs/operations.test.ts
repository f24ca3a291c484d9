// docs/operations.md: every alert of the chart has its section, and there is no section for anything else.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

const root = new URL('../../../', import.meta.url);
const page = new URL('docs/operations.md', root);
const rules = readFileSync(new URL('helm/heliograph/templates/monitoring/prometheusrule.yaml', root), 'utf8');
/** What is printed may look like headings and links. */
const prose = readFileSync(page, 'utf8').replaceAll(/^```[^]*?^```$/gm, '');

const all = (text: string, pattern: RegExp): string[] =>
  [...text.matchAll(pattern)].map(([, found = '']) => found);

/** As GitHub makes them of headings. */
const anchors = all(prose, /^#+ (.*)$/gm).map((heading) =>
  heading
    .toLowerCase()
    .replaceAll(/[^a-z0-9 _-]/g, '')
    .replaceAll(' ', '-'),
);

test('every alert of the chart has its section, and no section is about another', () => {
  const alerts = all(rules, /- alert: (\w+)/g);
  assert.ok(alerts.length > 0);
  const section = prose.split('\n## Alerts\n')[1]?.split('\n## ')[0] ?? '';
  assert.deepEqual(all(section, /^### (.*)$/gm), alerts);
});

test('every alert links to its own section', () => {
  const links = all(rules, /- alert: (\w+[^]*?runbook_url: .*)/g).map((rule) => [
    /^\w+/.exec(rule)?.[0].toLowerCase(),
    /runbook_url: .*#(.*)$/.exec(rule)?.[1],
  ]);
  assert.ok(links.length > 0);
  for (const [alert, anchor] of links) assert.equal(anchor, alert);
  assert.deepEqual(
    links.filter(([, anchor]) => !anchors.includes(anchor ?? '')),
    [],
  );
});

test('whatever the page links to exists', () => {
  const links = all(prose, /\]\(([^)]+)\)/g);
  assert.ok(links.length > 0);
  for (const link of links) {
    const [path = '', anchor = ''] = link.split('#');
    if (path === '') assert.ok(anchors.includes(anchor), link);
    else assert.ok(existsSync(new URL(path, page)), link);
  }
});
