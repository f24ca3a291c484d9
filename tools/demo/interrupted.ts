// Why the demo ends early without a failure.
/** A person, or the system, wants the demo to end: no failure. */
export class Interrupted extends Error {
  readonly code = 'INTERRUPTED';
  readonly exitCode: number;

  constructor(signal: NodeJS.Signals, exitCode: number) {
    super(`interrupted by ${signal}`);
    this.exitCode = exitCode;
  }
}
