// Calls to the API server over one pool of connections: client-node opens a new one for every call.
import { type Dispatcher, Pool } from 'undici';
import { type ClientMetrics, measured } from './client-metrics.ts';
import type { ClusterConfig } from './config.ts';
import { ApiError, ConnectionError, connectionErrorFrom } from './errors.ts';
import { jsonLines } from './lines.ts';
import { parseLossless } from './lossless.ts';
import { listAt, objectAt, textAt } from './raw.ts';
import type { Answered, RequestLimit } from './request-limit.ts';

export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

export interface ClientRequest {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  path: string;
  query?: Query;
  /** Sent as JSON. */
  body?: unknown;
  contentType?: string;
  /** From the call to the last byte of the answer, the wait for a connection included. */
  timeoutMs?: number;
  signal?: AbortSignal;
  /** Keeps the digits of numbers that a double cannot hold, as raw JSON. */
  lossless?: boolean;
}

export interface ClientResponse {
  status: number;
  body: unknown;
  /** The Date header, in ms since the epoch, to the second. */
  date?: number;
}

export interface ObjectList {
  items: readonly unknown[];
  resourceVersion: string;
  /** '' on the last page. */
  continue: string;
}

export interface WatchEvent {
  type: string;
  object: unknown;
}

const verbs = { GET: 'get', POST: 'create', PUT: 'update', PATCH: 'patch', DELETE: 'delete' } as const;

/** The API server closes idle connections after 90 s; ours must end first, or a write meets a closed one. */
const keepAliveMs = 30_000;
const connectTimeoutMs = 10_000;

/** A call without an answer rejects with ConnectionError, one with an error with ApiError; none is retried. */
export class KubeClient {
  readonly #config: ClusterConfig;
  readonly #userAgent: string;
  readonly #timeoutMs: number;
  readonly #requests: Pool;
  /** A watch holds its connection for minutes: were they shared, watches would starve requests. */
  readonly #watches: Pool;
  readonly #metrics: ClientMetrics | undefined;
  readonly #limit: RequestLimit | undefined;
  #lastServerDate: { date: number; at: number } | undefined;

  constructor(
    config: ClusterConfig,
    options: {
      userAgent: string;
      /** For requests; watches come on top. */
      connections?: number;
      timeoutMs?: number;
      metrics?: ClientMetrics;
      /** Of requests in flight; watches are none. */
      limit?: RequestLimit;
    },
  ) {
    const { userAgent, connections = 16, timeoutMs = 30_000 } = options;
    this.#config = config;
    this.#userAgent = userAgent;
    this.#timeoutMs = timeoutMs;
    this.#metrics = options.metrics;
    this.#limit = options.limit;
    const shared: Pool.Options = {
      connect: { ...config.tls, timeout: connectTimeoutMs },
      keepAliveTimeout: keepAliveMs,
      keepAliveMaxTimeout: keepAliveMs,
      // One broken HTTP/2 connection would break every call at once.
      allowH2: false,
    };
    this.#requests = new Pool(config.baseUrl.origin, { ...shared, connections });
    this.#watches = new Pool(config.baseUrl.origin, { ...shared, bodyTimeout: 0 });
  }

  /** The Date of the last answer, in ms since the epoch, and when it came, in ms of the monotonic clock. */
  get lastServerDate(): { date: number; at: number } | undefined {
    return this.#lastServerDate;
  }

  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the caller says what it reads
  async get<T = unknown>(path: string): Promise<T> {
    const { body } = await this.request({ method: 'GET', path });
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as above
    return body as T;
  }

  /** One page. */
  async list(path: string, query: Query = {}, signal?: AbortSignal): Promise<ObjectList> {
    const { body } = await measured(this.#metrics, 'list', () =>
      this.#request({ method: 'GET', path, query, ...(signal === undefined ? {} : { signal }) }),
    );
    const metadata = objectAt(body, 'metadata');
    const resourceVersion = textAt(metadata, 'resourceVersion');
    if (resourceVersion === '') throw new ConnectionError('the list has no resourceVersion');
    return { items: listAt(body, 'items'), resourceVersion, continue: textAt(metadata, 'continue') };
  }

  async create(path: string, body: unknown): Promise<unknown> {
    return (await this.request({ method: 'POST', path, body })).body;
  }

  /** A JSON Patch (RFC 6902). */
  async patchJson(path: string, operations: readonly unknown[]): Promise<unknown> {
    const contentType = 'application/json-patch+json';
    return (await this.request({ method: 'PATCH', path, body: operations, contentType })).body;
  }

  /** A JSON Merge Patch (RFC 7396). */
  async patchMerge(path: string, body: unknown): Promise<unknown> {
    const contentType = 'application/merge-patch+json';
    return (await this.request({ method: 'PATCH', path, body, contentType })).body;
  }

  /** Rejects with ApiError or ConnectionError. */
  async request(request: ClientRequest): Promise<ClientResponse> {
    return await measured(this.#metrics, verbs[request.method], () => this.#request(request));
  }

  async #request(request: ClientRequest): Promise<ClientResponse> {
    const { timeoutMs = this.#timeoutMs, signal } = request;
    // undici's own timeouts start only when a connection is free, and anew with every byte.
    const ending = new AbortController();
    const timer = setTimeout(() => {
      ending.abort(new ConnectionError(`timed out after ${timeoutMs / 1000} s`));
    }, timeoutMs);
    const abort = () => ending.abort(new ConnectionError('aborted'));
    signal?.addEventListener('abort', abort);
    if (signal?.aborted === true) abort();
    try {
      return await orAborted(this.#inTurn(request, ending.signal), ending.signal);
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
    }
  }

  /**
   * Events as they come, ERROR and BOOKMARK included, over a connection of its own. Ends when the server ends
   * the watch; throws ApiError when it refuses it and ConnectionError when it breaks or `signal` aborts. Has
   * no timeout once it is open.
   */
  async *watch(
    path: string,
    query: Query,
    { signal }: { signal: AbortSignal },
  ): AsyncGenerator<WatchEvent, void, undefined> {
    try {
      const { body } = await measured(this.#metrics, 'watch', () => this.#open(path, query, signal));
      for await (const line of jsonLines(body))
        yield { type: textAt(line, 'type'), object: objectAt(line, 'object') };
    } catch (error) {
      throw error instanceof ApiError ? error : connectionErrorFrom(error);
    }
  }

  async #open(path: string, query: Query, signal: AbortSignal) {
    const options = await this.#options({ method: 'GET', path, query: { ...query, watch: true } });
    const opening = this.#watches.request({ ...options, headersTimeout: this.#timeoutMs, signal });
    const { statusCode, headers, body } = await orAborted(opening, signal);
    this.#noteDate(headers['date']);
    if (statusCode !== 200) throw errorOf(statusCode, await body.text(), headers['retry-after']);
    return { status: statusCode, body };
  }

  /** Ends the watches and waits for the requests that are under way. */
  async close(): Promise<void> {
    await Promise.all([this.#requests.close(), this.#watches.destroy()]);
  }

  async #inTurn(request: ClientRequest, signal: AbortSignal): Promise<ClientResponse> {
    await this.#limit?.acquire(signal);
    const startedAt = performance.now();
    const after = (error?: ApiError): Answered => ({
      durationMs: performance.now() - startedAt,
      isTelling: request.method !== 'GET',
      // With a Status it is about what is read: a cache of the API server's is being filled, and writes pass meanwhile.
      isThrottled: error?.status === 429 && (request.method !== 'GET' || error.reason === ''),
      retryAfterMs: (error?.retryAfterSeconds ?? 0) * 1000,
    });
    let answered: Answered | undefined;
    try {
      const response = await this.#exchange(request, signal);
      answered = after();
      return response;
    } catch (error) {
      if (error instanceof ApiError) answered = after(error);
      throw error;
    } finally {
      this.#limit?.release(answered);
    }
  }

  async #exchange(request: ClientRequest, signal: AbortSignal): Promise<ClientResponse> {
    try {
      const options = await this.#options(request);
      const { statusCode, headers, body } = await this.#requests.request({ ...options, signal });
      const date = this.#noteDate(headers['date']);
      const text = await body.text();
      if (statusCode >= 300) throw errorOf(statusCode, text, headers['retry-after']);
      const parse = request.lossless === true ? parseLossless : JSON.parse;
      const parsed = text === '' ? undefined : parseJson(text, statusCode, parse);
      return { status: statusCode, body: parsed, ...(date === undefined ? {} : { date }) };
    } catch (error) {
      if (error instanceof ApiError) throw error;
      throw connectionErrorFrom(signal.aborted ? signal.reason : error);
    }
  }

  async #options(request: ClientRequest): Promise<Dispatcher.RequestOptions> {
    const { method, path, query, body, contentType = 'application/json' } = request;
    const headers: Record<string, string> = {
      ...(await this.#config.headers()),
      'user-agent': this.#userAgent,
      accept: 'application/json',
    };
    const prefix = this.#config.baseUrl.pathname.replace(/\/$/, '');
    const options = { method, path: `${prefix}${path}${searchOf(query)}`, headers };
    if (body === undefined) return options;
    headers['content-type'] = contentType;
    return { ...options, body: JSON.stringify(body) };
  }

  #noteDate(header: string | string[] | undefined): number | undefined {
    const date = Date.parse(String(header));
    if (Number.isNaN(date)) return undefined;
    this.#lastServerDate = { date, at: performance.now() };
    return date;
  }
}

/** undici tells a request of its abort only once it has a connection; who waits for one must not wait longer. */
async function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal.reason);
  signal.addEventListener('abort', abort);
  if (signal.aborted) abort();
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

function searchOf(query: Query = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, String(value));
  return search.size === 0 ? '' : `?${search.toString()}`;
}

function errorOf(status: number, text: string, retryAfter: string | string[] | undefined): ApiError {
  const seconds = Number.parseInt(String(retryAfter), 10);
  return new ApiError(status, parseStatus(text), Number.isNaN(seconds) ? undefined : seconds);
}

function parseStatus(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function parseJson(text: string, status: number, parse: (text: string) => unknown): unknown {
  try {
    return parse(text);
  } catch {
    throw new ConnectionError(`the API server answered ${status} with what is no JSON`);
  }
}
