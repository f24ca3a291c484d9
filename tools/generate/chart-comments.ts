// Reads what the chart's values.yaml says of each value.
import { isMap, isScalar, parseDocument, type YAMLMap } from 'yaml';

export interface ChartValue {
  /** With dots, such as `image.tag`. */
  readonly path: string;
  /** Markdown in one line. */
  readonly comment: string;
  readonly preset: unknown;
}

/**
 * A comment that starts with `--` is about the value below it and all that is in that value.
 * Throws an Error about a value that no comment is about.
 */
export function readChartValues(yaml: string): readonly ChartValue[] {
  const { contents } = parseDocument(yaml);
  if (!isMap(contents)) throw new Error('values.yaml must be a map');
  return valuesIn(contents, '');
}

function valuesIn(map: YAMLMap, prefix: string): ChartValue[] {
  const presets = map.toJSON() as Record<string, unknown>;
  return map.items.flatMap(({ key, value }, index) => {
    if (!isScalar(key)) throw new Error(`values.yaml: ${prefix} has a key that is no text`);
    const path = `${prefix}${String(key.value)}`;
    // The parser gives a comment above the first key of a map to the map.
    const comment = textOf(key.commentBefore ?? (index === 0 ? map.commentBefore : undefined));
    if (comment !== undefined) return [{ path, comment, preset: presets[String(key.value)] }];
    if (isMap(value) && value.items.length > 0) return valuesIn(value, `${path}.`);
    throw new Error(`values.yaml: ${path} needs a comment that starts with "# --"`);
  });
}

function textOf(comment: string | null | undefined): string | undefined {
  const text = /^ -- (.*)$/ms.exec(comment ?? '')?.[1];
  return text?.replaceAll(/\s*\n\s*/g, ' ');
}
