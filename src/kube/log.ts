// What this folder asks of a logger.

/** `event` is a fixed word to search for; what varies stands in the fields. */
export type Log = (
  level: 'debug' | 'info' | 'warn' | 'error',
  event: string,
  fields: Readonly<Record<string, unknown>>,
) => void;
