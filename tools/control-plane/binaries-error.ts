/** The programs of the control plane cannot be had; the message says what to do. Do not retry. */
export class BinariesError extends Error {
  readonly code = 'BINARIES_UNAVAILABLE';
}
