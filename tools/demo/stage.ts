// What every part of the demo gets.
import type { Contract } from './contract.ts';
import type { Screen } from './screen.ts';

export interface Stage {
  /** What is shown. */
  contract: Contract;
  screen: Screen;
  /** Aborts when the demo has to end: a person wants it to, or a program has died. */
  signal: AbortSignal;
  /** Makes the signal abort. */
  fail: (reason: Error) => void;
  /** What is started is stopped here, the last one first. */
  cleanup: AsyncDisposableStack;
}
