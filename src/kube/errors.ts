// Why a call to the API server failed, one class per cause, and the questions that callers ask of it.
import { listAt, numberAt, objectAt, textAt } from './raw.ts';

/** One entry of a Status' `details.causes`. */
export interface StatusCause {
  field: string;
  message: string;
  reason: string;
}

/** Enough for a person; a Status quotes what users wrote, however long that is. */
const maxMessageLength = 500;

/** The API server answered with an error. Whether to retry, the predicates below say. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code = 'API_ERROR';
  /** The HTTP status, or the `code` of a Status that came inside a watch. */
  readonly status: number;
  /** For programs, such as `NotFound`; '' where there was no Status. */
  readonly reason: string;
  readonly causes: readonly StatusCause[];
  readonly retryAfterSeconds?: number;

  constructor(status: number, body: unknown, retryAfterSeconds?: number) {
    super(clip(messageOf(status, body)));
    this.status = status;
    this.reason = textAt(body, 'reason');
    const details = objectAt(body, 'details');
    this.causes = listAt(details, 'causes').map((cause) => ({
      field: textAt(cause, 'field'),
      message: clip(textAt(cause, 'message')),
      reason: textAt(cause, 'reason'),
    }));
    const retryAfter = retryAfterSeconds ?? numberAt(details, 'retryAfterSeconds');
    if (retryAfter !== undefined) this.retryAfterSeconds = retryAfter;
  }
}

/**
 * No complete answer came: refused, reset, timed out, aborted, or not JSON. A write may have been done all
 * the same: read again before it is repeated.
 */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError';
  readonly code = 'CONNECTION_ERROR';
}

/** There is no usable cluster configuration. A retry does not help; the message is one line for a person. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly code = 'CONFIG_ERROR';
}

/** As a ConnectionError, with the innermost reason that undici and Node give. */
export function connectionErrorFrom(error: unknown): ConnectionError {
  if (error instanceof ConnectionError) return error;
  return new ConnectionError(clip(describe(error)), { cause: error });
}

export const isNotFound = (error: unknown): boolean => hasStatus(error, 404);

/** Somebody else wrote first, or the name is taken. */
export const isConflict = (error: unknown): boolean => hasStatus(error, 409);

export const isForbidden = (error: unknown): boolean => hasStatus(error, 403);

export const isTooManyRequests = (error: unknown): boolean => hasStatus(error, 429);

/** A resourceVersion or a `continue` is too old: list again. */
export const isExpired = (error: unknown): boolean => hasStatus(error, 410);

/** A resourceVersion that the server has yet to reach, as after etcd was restored from a backup: list again. */
export const isResourceVersionTooLarge = (error: unknown): boolean =>
  error instanceof ApiError && error.causes.some(({ reason }) => reason === 'ResourceVersionTooLarge');

/**
 * A `test` of a JSON Patch failed, or a path of it is missing: the server answers both with 422 and, unlike
 * a refused rule, no causes.
 */
export const isFailedTest = (error: unknown): boolean =>
  error instanceof ApiError && error.status === 422 && error.causes.length === 0;

/** The schema, a CEL rule or an admission policy refuses the object. A retry with the same one is vain. */
export const isRefusedByRule = (error: unknown): boolean =>
  error instanceof ApiError && error.status === 422 && error.causes.length > 0;

/** The namespace is on its way out: nothing can be created in it, though status writes still pass. */
export const isNamespaceTerminating = (error: unknown): boolean =>
  error instanceof ApiError &&
  error.status === 403 &&
  error.causes.some(({ reason }) => reason === 'NamespaceTerminating');

/** Nobody knows whether a write was done: read again first. */
export const isUnknownOutcome = (error: unknown): boolean =>
  error instanceof ConnectionError || (error instanceof ApiError && error.status >= 500);

/** The same call may succeed later. */
export const isRetriable = (error: unknown): boolean => isUnknownOutcome(error) || isTooManyRequests(error);

function hasStatus(error: unknown, status: number): boolean {
  return error instanceof ApiError && error.status === status;
}

function messageOf(status: number, body: unknown): string {
  const message = typeof body === 'string' ? body.trim() : textAt(body, 'message');
  return message === '' ? `the API server answered ${status}` : message;
}

/** An error of several refused addresses has no message of its own; one of undici hides the cause. */
function describe(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return describe(error.errors[0]);
  if (!(error instanceof Error)) return String(error);
  if (error.cause instanceof Error) return describe(error.cause);
  return error.message === '' ? error.name : error.message;
}

function clip(text: string): string {
  return text.length <= maxMessageLength ? text : `${text.slice(0, maxMessageLength - 1)}…`;
}
