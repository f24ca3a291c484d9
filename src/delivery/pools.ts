// Connections to receivers, kept for the next request and shared by nobody they should not be shared by.
import type { Socket } from 'node:net';
import { type buildConnector, Pool } from 'undici';
import { type ConnectOptions, openConnection, type Target } from './connect.ts';
import { createTlsContext, fingerprint, type TlsContext, type TlsIdentity } from './tls-identity.ts';

export interface PoolsOptions extends Omit<ConnectOptions, 'tls'> {
  /** How long a pool is kept without a request. */
  forgetAfterMs: number;
  /** How many pools there may be, those in use aside. */
  maxPools: number;
}

/** The connections of one origin and one TLS identity. */
interface ReceiverPool {
  readonly key: string;
  readonly tls: SharedContext;
  readonly pool: Pool;
  readonly forget: NodeJS.Timeout;
  inFlight: number;
  /** Of the latest request; bounds the connections it opens, which undici shares between requests. */
  timeoutMs: number;
}

interface SharedContext {
  readonly fingerprint: string;
  readonly context: TlsContext;
  pools: number;
}

/**
 * Tenants choose URLs and certificates, so there is a bound for pools and none is kept for long; what keeps
 * connections apart is origin, CA, client certificate and key together.
 */
export class ReceiverPools {
  readonly #options: PoolsOptions;
  /** The least recently used is first. */
  readonly #pools = new Map<string, ReceiverPool>();
  readonly #contexts = new Map<string, SharedContext>();

  /** The certificates that Node trusts are read here, once. */
  constructor(options: PoolsOptions) {
    this.#options = options;
    // Counts as a pool's, so that it is never forgotten.
    this.#contexts.set('', { fingerprint: '', context: createTlsContext(), pools: 1 });
  }

  get size(): number {
    return this.#pools.size;
  }

  /**
   * Calls back with the pool for the URL, which stays at least until what the call returns has settled.
   * @throws TlsError if the identity is no good; nothing is connected to
   */
  async use<T>(
    url: URL,
    tls: TlsIdentity | undefined,
    timeoutMs: number,
    send: (pool: Pool) => Promise<T>,
  ): Promise<T> {
    const used = this.#poolOf(url, url.protocol === 'https:' ? tls : undefined);
    used.inFlight += 1;
    used.timeoutMs = timeoutMs;
    try {
      return await send(used.pool);
    } finally {
      used.inFlight -= 1;
      used.forget.refresh();
      if (this.#pools.size > this.#options.maxPools) this.#evict();
    }
  }

  /** Closes the idle connections to an origin, of whatever identity; those in use close when they are idle for long. */
  forget(origin: string): void {
    for (const pooled of this.#pools.values())
      if (pooled.key.startsWith(`${origin} `) && pooled.inFlight === 0) void this.#remove(pooled);
  }

  /** Lets running requests end and closes all connections. */
  async close(): Promise<void> {
    const pools = [...this.#pools.values()];
    await Promise.all(pools.map((pool) => this.#remove(pool)));
  }

  #poolOf(url: URL, tls: TlsIdentity | undefined): ReceiverPool {
    const identity = fingerprint(tls);
    const key = `${url.origin} ${identity}`;
    let pooled = this.#pools.get(key);
    if (pooled === undefined) {
      pooled = this.#createPool(key, url, this.#contextOf(identity, tls));
    } else {
      this.#pools.delete(key);
    }
    this.#pools.set(key, pooled);
    return pooled;
  }

  #contextOf(identity: string, tls: TlsIdentity | undefined): SharedContext {
    let shared = this.#contexts.get(identity);
    if (shared === undefined) {
      shared = { fingerprint: identity, context: createTlsContext(tls), pools: 0 };
      this.#contexts.set(identity, shared);
    }
    shared.pools += 1;
    return shared;
  }

  #createPool(key: string, { origin, protocol, hostname, port }: URL, tls: SharedContext): ReceiverPool {
    const isTls = protocol === 'https:';
    const target = { host: hostname, isTls, port: port === '' ? (isTls ? 443 : 80) : Number(port) };
    const pooled: ReceiverPool = {
      key,
      tls,
      inFlight: 0,
      timeoutMs: 0,
      pool: new Pool(origin, {
        ...poolOptions,
        connect: (_options, callback) => void this.#open(target, pooled, callback),
      }),
      // The end of a request sets the timer anew, even where the pool has gone meanwhile.
      forget: setTimeout(() => {
        if (pooled.inFlight === 0 && this.#pools.get(key) === pooled) void this.#remove(pooled);
      }, this.#options.forgetAfterMs).unref(),
    };
    return pooled;
  }

  async #open(
    target: Target,
    { timeoutMs, tls }: ReceiverPool,
    callback: buildConnector.Callback,
  ): Promise<void> {
    let socket: Socket;
    try {
      socket = await openConnection(target, timeoutMs, { ...this.#options, tls: tls.context });
    } catch (error) {
      callback(error instanceof Error ? error : new Error('connection failed'), null);
      return;
    }
    callback(null, socket);
  }

  /** Closes the one that nobody has used for longest; none if all are in use, of which slots bound the number. */
  #evict(): void {
    for (const pooled of this.#pools.values()) {
      if (pooled.inFlight > 0) continue;
      void this.#remove(pooled);
      return;
    }
  }

  #remove(pooled: ReceiverPool): Promise<void> {
    clearTimeout(pooled.forget);
    this.#pools.delete(pooled.key);
    pooled.tls.pools -= 1;
    if (pooled.tls.pools === 0) this.#contexts.delete(pooled.tls.fingerprint);
    return pooled.pool.close();
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
