// Times as Kubernetes writes them.

/** RFC 3339 in UTC, to the second, of ms since the epoch. */
export function toSeconds(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}

/** The same to the microsecond, as Kubernetes' MicroTime wants it; what is below a millisecond is 0. */
export function toMicroTime(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '000Z');
}
