// Why no answer came, where this code itself finds out; one class per cause. What Node and undici throw is
// explained in failure.ts.
import type { Outcome } from './outcome.ts';

/** The message is for people; the class says what to record. All but DeniedError are worth a retry. */
export abstract class AttemptError extends Error {
  abstract readonly code: string;
  abstract readonly outcome: Outcome;
}

/** Our own rules forbid it and nothing was sent; a retry helps only after DNS or the configuration changes. */
export class DeniedError extends AttemptError {
  override readonly name = 'DeniedError';
  readonly code = 'DENIED';
  readonly outcome = 'denied';
}

/** DNS answered that there is no such name, or none with an address. */
export class HostNotFoundError extends AttemptError {
  override readonly name = 'HostNotFoundError';
  readonly code = 'HOST_NOT_FOUND';
  readonly outcome = 'unreachable';
}

/** DNS did not answer, or answered that it cannot. */
export class NameLookupError extends AttemptError {
  override readonly name = 'NameLookupError';
  readonly code = 'NAME_LOOKUP_FAILED';
  readonly outcome = 'unreachable';
}

/** An address did not accept the connection in time. */
export class ConnectTimeoutError extends AttemptError {
  override readonly name = 'ConnectTimeoutError';
  readonly code = 'CONNECT_TIMED_OUT';
  readonly outcome = 'timed_out';
}

/** The total deadline passed before a status line came. */
export class DeadlineError extends AttemptError {
  override readonly name = 'DeadlineError';
  readonly code = 'DEADLINE_PASSED';
  readonly outcome = 'timed_out';
}

/** The caller does not want it any more, right before it would have been sent: not an attempt. */
export class UnwantedError extends Error {
  override readonly name = 'UnwantedError';
  readonly code = 'UNWANTED';
}

/** The receiver's certificate is not good for its host, or the TLS handshake failed. */
export class TlsError extends AttemptError {
  override readonly name = 'TlsError';
  readonly code = 'TLS_FAILED';
  readonly outcome = 'tls';
}

/** The receiver speaks something that is not HTTP/1.1, or without end. */
export class ProtocolError extends AttemptError {
  override readonly name = 'ProtocolError';
  readonly code = 'PROTOCOL_VIOLATED';
  readonly outcome = 'unreachable';
}
