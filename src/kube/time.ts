// Times as Kubernetes writes them.

/** RFC 3339 in UTC, to the second, of ms since the epoch. */
export function toSeconds(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}
