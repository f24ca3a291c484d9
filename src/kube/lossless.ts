// Reads JSON without losing digits: the API server keeps 9007199254740993, and a double does not.

interface RawJson {
  rawJSON(text: string): unknown;
}

/** Numbers that a double would change become raw JSON, which JSON.stringify writes as it was read. */
export function parseLossless(text: string): unknown {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- Node 24 has it, TypeScript's types do not
  const json = JSON as unknown as RawJson;
  const revive = (_key: string, value: unknown, context?: { source?: string }): unknown => {
    const source = context?.source;
    return typeof value === 'number' && source !== undefined && String(value) !== source
      ? json.rawJSON(source)
      : value;
  };
  try {
    return JSON.parse(text, revive);
  } catch (error) {
    // Some thousand levels of nesting are too deep for a reviver, and not for the parser.
    if (error instanceof RangeError) return JSON.parse(text);
    throw error;
  }
}
