// What the page shows of kubectl's output: the part that matters, without what is different every time.

/** What is different every time, and what stands for it. It is as long, so that columns stay in line. */
const volatile: readonly (readonly [RegExp, string])[] = [
  [/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, '2026-11-24T22:15:24.409Z'],
  [/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, '2026-11-24T22:15:24Z'],
  [/\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, '5575c61e-9207-4721-b25b-7a70eb10001e'],
  [/(Duration Milliseconds: +)\d+/g, '$112'],
  [/(127\.0\.0\.1|localhost):\d+/g, '$1:45678'],
];

/** Of every description. */
const usualParts = ['Status.Conditions', 'Events'];

/**
 * @param parts of a description that are shown beside the usual ones, such as `Status.Last Delivery`
 * @param namespace where the command has run; the page leaves it out
 */
export function shown(output: string, parts: readonly string[], namespace: string): string {
  let text = output.replaceAll(namespace, 'default');
  for (const [pattern, replacement] of volatile) text = text.replaceAll(pattern, replacement);
  const lines = withoutAges(text.split('\n').map((line) => line.trimEnd()));
  const isDescription = lines[0]?.startsWith('Name:') === true;
  return (isDescription ? relevant(lines, [...usualParts, ...parts]) : lines).join('\n').trimEnd();
}

/** In the tables of kubectl get, and in the Events of kubectl describe. */
function withoutAges(lines: readonly string[]): string[] {
  let column = -1;
  return lines.map((line) => {
    if (/^(NAME|  Type) /.test(line)) column = line.search(/\bage\b/i);
    const isAge = column >= 0 && /^\d+m?\d*s/.test(line.slice(column));
    return isAge ? `${line.slice(0, column)}10s${line.slice(column + 3)}` : line;
  });
}

/** What is left out leaves three dots. Lists have no level of their own in a description. */
function relevant(lines: readonly string[], parts: readonly string[]): string[] {
  const kept: string[] = [];
  const path: { indent: number; name: string }[] = [];
  for (const line of lines) {
    // A text that ends with a line feed leaves one.
    if (line === '') continue;
    const [, spaces = '', name = ''] = /^( *)([^:]*)/.exec(line) ?? [];
    while ((path.at(-1)?.indent ?? -1) >= spaces.length) path.pop();
    path.push({ indent: spaces.length, name });
    const here = path.map((one) => one.name).join('.');
    if (parts.some((part) => isWithin(here, part) || isWithin(part, here)))
      kept.push(line.replace(/^Events: +/, 'Events:  '));
    else if (kept.at(-1)?.trim() !== '...') kept.push(`${spaces}...`);
  }
  return kept;
}

function isWithin(path: string, part: string): boolean {
  return path === part || path.startsWith(`${part}.`);
}
