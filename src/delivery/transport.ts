// POSTs to receivers: the only way out of the operator but for the API server's client.
import type { Socket } from 'node:net';
import { createSecureContext } from 'node:tls';
import { type buildConnector, Pool } from 'undici';
import { type ConnectOptions, openConnection, type Target } from './connect.ts';
import { type EgressRules, refuseScheme } from './egress.ts';
import { DeniedError } from './errors.ts';
import { type Ending, Exchange } from './exchange.ts';
import type { AttemptResult } from './outcome.ts';
import { createResolver, type NameResolver } from './resolve.ts';
import { resultOf } from './result.ts';

export interface TransportOptions extends EgressRules {
  /** Whom to ask for addresses; the system's DNS servers if it is left out. */
  resolver?: NameResolver;
  /** Wall clock, milliseconds since the epoch. */
  now?: () => number;
  /** How long an origin's pool is kept without a request; 60 s if it is left out. */
  forgetAfterMs?: number;
}

export interface PostRequest {
  url: string;
  headers: Readonly<Record<string, string>>;
  body: string | Buffer;
  /** Total deadline: DNS, connecting, TLS, headers and body. */
  timeoutMs: number;
  signal?: AbortSignal;
}

export interface Transport {
  /**
   * One attempt. Never rejects for anything that the network or the receiver does; rejects with the signal's
   * reason if that comes before a status line.
   */
  post(request: PostRequest): Promise<AttemptResult>;
  /** Lets running posts end and closes all connections. */
  close(): Promise<void>;
  /** Origins that have a pool now. */
  readonly origins: number;
}

interface OriginPool {
  pool: Pool;
  inFlight: number;
  /** Of the latest request; bounds the connections it opens, which undici shares between requests. */
  timeoutMs: number;
  forget: NodeJS.Timeout;
}

/** The certificates that Node trusts are read here, once. */
export function createTransport(options: TransportOptions): Transport {
  return new PooledTransport(options);
}

class PooledTransport implements Transport {
  readonly #egress: EgressRules;
  readonly #connect: ConnectOptions;
  readonly #now: () => number;
  readonly #forgetAfterMs: number;
  readonly #pools = new Map<string, OriginPool>();

  constructor({ resolver, now = Date.now, forgetAfterMs = 60_000, ...egress }: TransportOptions) {
    this.#egress = egress;
    this.#now = now;
    this.#forgetAfterMs = forgetAfterMs;
    this.#connect = {
      egress,
      resolver: resolver ?? createResolver(),
      secureContext: createSecureContext(),
    };
  }

  get origins(): number {
    return this.#pools.size;
  }

  async post(request: PostRequest): Promise<AttemptResult> {
    const { signal } = request;
    signal?.throwIfAborted();
    const startMs = this.#now();
    const monotonicMs = performance.now();
    const url = URL.parse(request.url);
    const ending = await this.#exchange(url, request);
    if ('error' in ending && signal?.aborted === true && ending.error === signal.reason) throw signal.reason;
    return resultOf(ending, url, { startMs, durationMs: Math.round(performance.now() - monotonicMs) });
  }

  async close(): Promise<void> {
    const pools = [...this.#pools.values()];
    this.#pools.clear();
    for (const { forget } of pools) clearTimeout(forget);
    await Promise.all(pools.map(({ pool }) => pool.close()));
  }

  async #exchange(url: URL | null, { headers, body, timeoutMs, signal }: PostRequest): Promise<Ending> {
    if (url === null) return { error: new DeniedError('the URL is malformed') };
    const refusal = refuseScheme(url, this.#egress);
    if (refusal !== undefined) return { error: refusal };
    const origin = this.#poolOf(url);
    origin.inFlight += 1;
    origin.timeoutMs = timeoutMs;
    const exchange = new Exchange(timeoutMs, signal);
    const path = url.pathname + url.search;
    origin.pool.dispatch(
      // Encoded bodies would be stored as noise; and decoding is how a small answer becomes a large one.
      { method: 'POST', path, headers: { ...headers, 'accept-encoding': 'identity' }, body },
      exchange,
    );
    const ending = await exchange.ended;
    origin.inFlight -= 1;
    origin.forget.refresh();
    return ending;
  }

  #poolOf(url: URL): OriginPool {
    const { origin } = url;
    let pooled = this.#pools.get(origin);
    if (pooled === undefined) {
      pooled = this.#createPool(url);
      this.#pools.set(origin, pooled);
    }
    return pooled;
  }

  #createPool({ origin, protocol, hostname, port }: URL): OriginPool {
    const isTls = protocol === 'https:';
    const target = { host: hostname, isTls, port: port === '' ? (isTls ? 443 : 80) : Number(port) };
    const pooled: OriginPool = {
      inFlight: 0,
      timeoutMs: 0,
      pool: new Pool(origin, {
        ...poolOptions,
        connect: (_options, callback) => void this.#open(target, pooled, callback),
      }),
      forget: setTimeout(() => this.#forget(origin, pooled), this.#forgetAfterMs).unref(),
    };
    return pooled;
  }

  async #open(target: Target, { timeoutMs }: OriginPool, callback: buildConnector.Callback): Promise<void> {
    let socket: Socket;
    try {
      socket = await openConnection(target, timeoutMs, this.#connect);
    } catch (error) {
      callback(error instanceof Error ? error : new Error('connection failed'), null);
      return;
    }
    callback(null, socket);
  }

  /** Tenants choose URLs, so pools that nobody uses must not stay; the end of a request sets the timer anew. */
  #forget(origin: string, pooled: OriginPool): void {
    if (pooled.inFlight > 0 || this.#pools.get(origin) !== pooled) return;
    this.#pools.delete(origin);
    void pooled.pool.close();
  }
}

const poolOptions: Pool.Options = {
  allowH2: false,
  pipelining: 1,
  maxHeaderSize: 16 * 1024,
  // The exchange's deadline is total; these start anew with every byte.
  headersTimeout: 0,
  bodyTimeout: 0,
  // Receivers close idle connections after 5 s (Node) or later, and a POST that crosses that is lost.
  keepAliveTimeout: 4000,
  keepAliveTimeoutThreshold: 2000,
  keepAliveMaxTimeout: 60_000,
};
