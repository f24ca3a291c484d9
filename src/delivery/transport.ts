// POSTs to receivers: the only way out of the operator but for the API server's client.
import type { Pool } from 'undici';
import { type EgressRules, refuseScheme } from './egress.ts';
import { DeniedError, UnwantedError } from './errors.ts';
import { type Ending, Exchange } from './exchange.ts';
import type { AttemptResult, SuccessStatus } from './outcome.ts';
import { ReceiverPools } from './pools.ts';
import { createRedactor } from './redact.ts';
import { createResolver, type NameResolver } from './resolve.ts';
import { resultOf } from './result.ts';
import type { TlsIdentity } from './tls-identity.ts';
import { readUrl } from './url.ts';

export type { TlsIdentity } from './tls-identity.ts';

export interface TransportOptions extends EgressRules {
  /** Whom to ask for addresses; the system's DNS servers if it is left out. */
  resolver?: NameResolver;
  /** Wall clock, milliseconds since the epoch. */
  now?: () => number;
  /** How long the connections of an origin are kept without a request; 60 s if it is left out. */
  forgetAfterMs?: number;
  /** For how many origins and TLS identities connections are kept, those in use aside; 1,000 if it is left out. */
  maxPools?: number;
}

export interface PostRequest {
  url: string;
  headers: Readonly<Record<string, string>>;
  body: string | Buffer;
  /** Total deadline: DNS, connecting, TLS, headers and body. */
  timeoutMs: number;
  signal?: AbortSignal;
  /** Asked right before it goes out; if it is not, `post` rejects with UnwantedError. */
  isWanted?: () => boolean;
  /** Whom to trust instead of the system's authorities, and the client certificate; without effect on http. */
  tls?: TlsIdentity;
  /** `Any2xx` if it is left out. */
  successStatus?: SuccessStatus;
  /**
   * What must not be recorded, whatever the receiver echoes: values of headers, parts of a URL. The request's
   * signatures need not be among them.
   */
  secrets?: readonly string[];
}

export interface Transport {
  /**
   * One attempt. Never rejects for anything that the network or the receiver does; rejects with the signal's
   * reason if that comes before a status line.
   */
  post(request: PostRequest): Promise<AttemptResult>;
  /** Closes the idle connections to the URL's origin: an endpoint is gone. Another one of that origin connects anew. */
  forget(url: string): void;
  /** Lets running posts end and closes all connections. */
  close(): Promise<void>;
  /** Origins and TLS identities that have a pool of connections now. */
  readonly pools: number;
}

export function createTransport(options: TransportOptions): Transport {
  return new PooledTransport(options);
}

class PooledTransport implements Transport {
  readonly #egress: EgressRules;
  readonly #now: () => number;
  readonly #pools: ReceiverPools;

  constructor(options: TransportOptions) {
    const { resolver, now = Date.now, forgetAfterMs = 60_000, maxPools = 1000, ...egress } = options;
    this.#egress = egress;
    this.#now = now;
    this.#pools = new ReceiverPools({
      egress,
      resolver: resolver ?? createResolver(),
      forgetAfterMs,
      maxPools,
    });
  }

  get pools(): number {
    return this.#pools.size;
  }

  async post(request: PostRequest): Promise<AttemptResult> {
    const { signal, successStatus = 'Any2xx', tls } = request;
    signal?.throwIfAborted();
    const startMs = this.#now();
    const monotonicMs = performance.now();
    const url = readUrl(request.url);
    const ending = await this.#exchange(url, request);
    if ('error' in ending && signal?.aborted === true && ending.error === signal.reason) throw signal.reason;
    if ('error' in ending && ending.error instanceof UnwantedError) throw ending.error;
    const isTls = url instanceof URL && url.protocol === 'https:';
    const asked = {
      url: url instanceof URL ? url : null,
      successStatus,
      hasClientCertificate: isTls && tls?.cert !== undefined,
      redact: createRedactor(secretsOf(request)),
    };
    return resultOf(ending, asked, { startMs, durationMs: Math.round(performance.now() - monotonicMs) });
  }

  forget(url: string): void {
    const { origin } = URL.parse(url) ?? {};
    if (origin !== undefined) this.#pools.forget(origin);
  }

  close(): Promise<void> {
    return this.#pools.close();
  }

  async #exchange(url: URL | DeniedError, request: PostRequest): Promise<Ending> {
    if (url instanceof DeniedError) return { error: url };
    const refusal = refuseScheme(url, this.#egress);
    if (refusal !== undefined) return { error: refusal };
    try {
      return await this.#pools.use(url, request.tls, request.timeoutMs, (pool) => send(pool, url, request));
    } catch (error) {
      return { error };
    }
  }
}

function send(
  pool: Pool,
  url: URL,
  { headers, body, timeoutMs, signal, isWanted }: PostRequest,
): Promise<Ending> {
  const exchange = new Exchange(timeoutMs, signal, isWanted);
  const path = url.pathname + url.search;
  pool.dispatch(
    // Encoded bodies would be stored as noise; and decoding is how a small answer becomes a large one.
    { method: 'POST', path, headers: { ...headers, 'accept-encoding': 'identity' }, body },
    exchange,
  );
  return exchange.ended;
}

/** A signature is one for as long as its timestamp counts: whoever reads the record could repeat the request. */
function secretsOf({ secrets = [], headers }: PostRequest): readonly string[] {
  const signatures = headers['webhook-signature']?.split(' ') ?? [];
  return [...secrets, ...signatures.map((signature) => signature.slice(signature.indexOf(',') + 1))];
}
