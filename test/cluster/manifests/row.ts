// How the tables of manifests are written.

/**
 * A sentence about the manifest, what it says, and each line in which kubectl tells why it is refused: the field,
 * then the message. A manifest without such lines must be accepted.
 */
export type Row = readonly [title: string, content: object, ...refused: string[]];

/** An integer with its bounds. `path` is such as `spec.delivery.maxAttempts`; `base` is what the manifest says besides. */
export function integer(path: string, minimum: number, maximum: number, base: object = {}): Row[] {
  const line = (value: number, bound: string) =>
    `${path}: Invalid value: ${value}: ${inBody(path)} in body should be ${bound}`;
  return [
    [`${path} may be ${minimum}`, at(path, minimum, base)],
    [`${path} may be ${maximum}`, at(path, maximum, base)],
    [
      `${path} may not be ${minimum - 1}`,
      at(path, minimum - 1, base),
      line(minimum - 1, `greater than or equal to ${minimum}`),
    ],
    [
      `${path} may not be ${maximum + 1}`,
      at(path, maximum + 1, base),
      line(maximum + 1, `less than or equal to ${maximum}`),
    ],
    [`${path} is a number`, at(path, 'many', base), wrongType(path, 'integer', 'string')],
  ];
}

/** A string with its longest length. */
export function text(path: string, maxLength: number, base: object = {}): Row[] {
  return [
    [`${path} may have ${maxLength} characters`, at(path, 'a'.repeat(maxLength), base)],
    [
      `${path} may not have ${maxLength + 1} characters`,
      at(path, 'a'.repeat(maxLength + 1), base),
      `${path}: Too long: may not be more than ${maxLength} bytes`,
    ],
    [`${path} is text`, at(path, 1, base), wrongType(path, 'string', 'integer')],
  ];
}

/** A string that may not be empty, beside its longest length. */
export function notEmpty(path: string, base: object = {}): Row[] {
  return [
    [`${path} may have one character`, at(path, 'a', base)],
    [
      `${path} may not be empty`,
      at(path, '', base),
      `${path}: Invalid value: "": ${inBody(path)} in body should be at least 1 chars long`,
    ],
  ];
}

/** A time, with the offset from UTC that RFC 3339 asks for. */
export function time(path: string, base: object = {}): Row[] {
  const line = (value: string) =>
    `${path}: Invalid value: "${value}": ${inBody(path)} in body must be of type date-time: "${value}"`;
  return [
    [`${path} may have milliseconds`, at(path, '2026-11-24T21:38:20.123Z', base)],
    [`${path} may not be a word`, at(path, 'yesterday', base), line('yesterday')],
    [`${path} may not be a day`, at(path, '2026-11-24', base), line('2026-11-24')],
  ];
}

/** One of a few words. */
export function choice(path: string, values: readonly string[], base: object = {}): Row[] {
  const supported = values.map((value) => `"${value}"`).join(', ');
  return [
    ...values.map((value): Row => [`${path} may be ${value}`, at(path, value, base)]),
    [
      `${path} may not be Whatever`,
      at(path, 'Whatever', base),
      `${path}: Unsupported value: "Whatever": supported values: ${supported}`,
    ],
  ];
}

/** true or false. */
export function truth(path: string, base: object = {}): Row[] {
  return [
    [`${path} may be true`, at(path, true, base)],
    [`${path} may be false`, at(path, false, base)],
    [`${path} may not be text`, at(path, 'yes', base), wrongType(path, 'boolean', 'string')],
  ];
}

/** What must be there. */
export function required(paths: readonly string[], base: object): Row[] {
  return paths.map((path) => [
    `${path} may not be missing`,
    at(path, undefined, base),
    `${path}: Required value`,
  ]);
}

/** A list with the most items it may have. */
export function items(
  path: string,
  most: number,
  item: (index: number) => unknown,
  base: object = {},
): Row[] {
  const list = Array.from({ length: most + 1 }, (_, index) => item(index));
  return [
    [`${path} may have ${most} items`, at(path, list.slice(1), base)],
    [
      `${path} may not have ${most + 1} items`,
      at(path, list, base),
      `${path}: Too many: ${most + 1}: must have at most ${most} items`,
    ],
  ];
}

/** The line about a value of a wrong type. The API server names the given type where the value would be. */
export function wrongType(path: string, wanted: string, given: string): string {
  return `${path}: Invalid value: "${given}": ${inBody(path)} in body must be of type ${wanted}: "${given}"`;
}

/** As kubectl prints a string. */
export function quoted(value: string): string {
  return JSON.stringify(value)
    .replace('\\u0000', '\\x00')
    .replace('\u007f', '\\x7f')
    .replace('\u200b', '\\u200b');
}

/** The validation of a status starts there, and does not name it. */
function inBody(path: string): string {
  return path.replace(/^status\.?/, '');
}

/** A copy of `base` with the value at a path such as `status.delivery.events[0].type`; undefined removes it. */
export function at(path: string, value: unknown, base: object = {}): object {
  const root = structuredClone(base);
  const members = path.match(/[^.[\]]+/g) ?? [];
  const last = members.pop() ?? path;
  let node = root as Record<string, unknown>;
  for (const member of members) node = (node[member] ??= {}) as Record<string, unknown>;
  node[last] = value;
  return root;
}
