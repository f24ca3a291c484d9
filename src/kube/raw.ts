// Reads fields of JSON that nobody has checked yet.

export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The member as an object; an empty one where it is none. */
export function objectAt(value: unknown, name: string): JsonObject {
  const member = isObject(value) ? value[name] : undefined;
  return isObject(member) ? member : {};
}

/** The member as a string; '' where it is none. */
export function textAt(value: unknown, name: string): string {
  const member = isObject(value) ? value[name] : undefined;
  return typeof member === 'string' ? member : '';
}

/** The member as a number; undefined where it is none. */
export function numberAt(value: unknown, name: string): number | undefined {
  const member = isObject(value) ? value[name] : undefined;
  return typeof member === 'number' ? member : undefined;
}

/** The member as an array; an empty one where it is none. */
export function listAt(value: unknown, name: string): readonly unknown[] {
  const member: unknown = isObject(value) ? value[name] : undefined;
  return Array.isArray(member) ? member : [];
}
