// One request and its answer as undici reports them; ends exactly once, whatever the receiver does.
import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import { DeadlineError, ProtocolError, UnwantedError } from './errors.ts';

export interface Answer {
  statusCode: number;
  reasonPhrase: string;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  /** As much as came and was read. */
  body: Buffer;
}

/** The answer as far as it got, or why there is none. */
export type Ending = { answer: Answer } | { error: unknown };

/** Enough to see what an answer says; reading on would let a receiver keep us busy. */
const maxBodyBytes = 16 * 1024;

/** 103 Early Hints come once or twice; a flood of them would keep us busy. */
const maxInformational = 16;

/**
 * The deadline starts with the construction and covers the wait for a connection, too: undici tells nothing
 * of a request that waits, and its own timeouts start anew with every byte. Ending early costs the
 * connection; an answer read to its end leaves it for the next request.
 */
export class Exchange implements Dispatcher.DispatchHandler {
  readonly ended: Promise<Ending>;
  readonly #end: (ending: Ending) => void;
  readonly #timer: NodeJS.Timeout;
  readonly #signal: AbortSignal | undefined;
  readonly #isWanted: () => boolean;
  #controller: Dispatcher.DispatchController | undefined;
  #hasEnded = false;
  #informational = 0;
  #head: Omit<Answer, 'body'> | undefined;
  #chunks: Buffer[] = [];
  #bodyBytes = 0;

  constructor(timeoutMs: number, signal?: AbortSignal, isWanted: () => boolean = () => true) {
    const { promise, resolve } = Promise.withResolvers<Ending>();
    this.ended = promise;
    this.#end = resolve;
    this.#timer = setTimeout(() => {
      this.#stop(new DeadlineError(`timed out after ${timeoutMs / 1000} s`));
    }, timeoutMs);
    this.#signal = signal;
    this.#isWanted = isWanted;
    signal?.addEventListener('abort', this.#onAbort);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    // It waited for a connection until it was over: take it back before it is sent.
    if (this.#hasEnded) controller.abort(new DeadlineError('ended before it was sent'));
    // Finding and reaching the receiver took a while.
    else if (!this.#isWanted()) this.#stop(new UnwantedError('not wanted any more'));
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    statusCode: number,
    headers: IncomingHttpHeaders,
    reasonPhrase = '',
  ): void {
    if (statusCode >= 200) {
      this.#head = { statusCode, headers, reasonPhrase };
    } else {
      this.#informational += 1;
      if (this.#informational > maxInformational)
        this.#stop(new ProtocolError(`more than ${maxInformational} informational answers (1xx)`));
    }
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#hasEnded) return;
    this.#chunks.push(chunk.subarray(0, maxBodyBytes - this.#bodyBytes));
    this.#bodyBytes += chunk.length;
    if (this.#bodyBytes >= maxBodyBytes) this.#stop(new ProtocolError('read enough of the body'));
  }

  onResponseEnd(): void {
    this.#finish(undefined);
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    this.#finish(error);
  }

  readonly #onAbort = (): void => {
    this.#stop(this.#signal?.reason);
  };

  #stop(error: unknown): void {
    this.#finish(error);
    this.#controller?.abort(error instanceof Error ? error : new Error('stopped', { cause: error }));
  }

  #finish(error: unknown): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    clearTimeout(this.#timer);
    this.#signal?.removeEventListener('abort', this.#onAbort);
    const [first, ...rest] = this.#chunks;
    const body = rest.length === 0 && first !== undefined ? first : Buffer.concat(this.#chunks);
    this.#end(this.#head === undefined ? { error } : { answer: { ...this.#head, body } });
    this.#chunks = [];
  }
}
