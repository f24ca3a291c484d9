// A proxy in the middle of HTTP that can act on any exchange: before it passes the request on, when it has the answer,
// and when it has given it. So a test meets its subject at any point, and the subject needs no hooks.
import { once } from 'node:events';
import { createServer, type IncomingMessage, request as requestHttp, type ServerResponse } from 'node:http';
import { type Agent as HttpsAgent, request as requestHttps } from 'node:https';
import type { AddressInfo } from 'node:net';
import { finished } from 'node:stream/promises';
import type { TestContext } from 'node:test';

/** What has become of one exchange so far. Times are on the monotonic clock, in ms. */
export interface Exchange {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly atMs: number;
  /** For the first time. */
  forwardedAtMs?: number;
  /** Of the other side's answers: one, or two where it was passed on twice. */
  readonly statuses: number[];
  /** The status line was handed over. */
  isReplied: boolean;
}

/** `cut` the connection, or `hush`: neither side ever hears more of it. */
export type Verdict = 'go on' | 'cut' | 'hush';

/** May take its time. */
export type Step = () => Verdict | Promise<Verdict>;

export interface Interference {
  /** The head of the request is here, the other side has nothing yet. */
  readonly beforeForwarding?: Step;
  /** The other side has carried it out and has answered. */
  readonly beforeReplying?: Step;
  readonly afterReplying?: () => unknown;
  /** The request is passed on twice, and the second answer counts. */
  readonly isDuplicated?: boolean;
  /** The answer breaks off in the middle of its body, or its body is as long as it was and makes no sense. */
  readonly damage?: 'truncated' | 'garbled';
  /** Said in place of the other side, which hears nothing. */
  readonly answer?: { readonly status: number; readonly body: string };
}

export interface InterposerOptions {
  /** Where requests go, without a path. */
  target: string;
  agent?: HttpsAgent;
  /** Asked for every request, in order; one that takes its time makes the other side slow. */
  decide: (exchange: Exchange) => Interference | Promise<Interference>;
  /** Told of every request before that. */
  opened?: (exchange: Exchange, response: ServerResponse) => void;
  /** More headers for the other side. */
  headers?: (exchange: Exchange) => Readonly<Record<string, string>>;
  /** Passes an answer on that comes bit by bit. Where it is undefined, answers are passed on as a whole. */
  stream?: (exchange: Exchange) => ((answer: IncomingMessage, response: ServerResponse) => void) | undefined;
}

interface Pair {
  readonly exchange: Exchange;
  readonly incoming: IncomingMessage;
  readonly response: ServerResponse;
}

export class Interposer {
  readonly exchanges: Exchange[] = [];
  readonly #options: InterposerOptions;
  #port = 0;

  private constructor(options: InterposerOptions) {
    this.#options = options;
  }

  /** Starts one that ends with the test. */
  static async start(t: Pick<TestContext, 'after'>, options: InterposerOptions): Promise<Interposer> {
    const interposer = new Interposer(options);
    const server = createServer((incoming, response) => void interposer.#serve(incoming, response));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    interposer.#port = (server.address() as AddressInfo).port;
    t.after(() => {
      server.close();
      server.closeAllConnections();
      options.agent?.destroy();
    });
    return interposer;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  async #serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url: path = '', headers } = incoming;
    const exchange: Exchange = {
      method,
      path,
      headers,
      atMs: performance.now(),
      statuses: [],
      isReplied: false,
    };
    this.exchanges.push(exchange);
    for (const side of [incoming, response]) side.on('error', () => {});
    this.#options.opened?.(exchange, response);
    try {
      await this.#mediate({ exchange, incoming, response }, await this.#options.decide(exchange));
    } catch {
      // One of the two sides is gone, and so is the other one's partner.
      response.destroy();
    }
  }

  async #mediate(pair: Pair, interference: Interference): Promise<void> {
    const { exchange, incoming, response } = pair;
    const { answer, beforeForwarding, isDuplicated = false } = interference;
    if (!(await passes(response, beforeForwarding))) return;
    if (answer !== undefined) {
      response.writeHead(answer.status, { 'content-type': 'application/json' }).end(answer.body);
      return;
    }
    const body = Buffer.concat(await Array.fromAsync(incoming));
    const stream = this.#options.stream?.(exchange);
    if (isDuplicated) (await this.#ask(pair, body)).resume();
    const answered = await this.#ask(pair, body);
    if (stream === undefined) await reply(pair, interference, answered);
    else {
      response.on('close', () => answered.destroy());
      if (!(await passes(response, interference.beforeReplying))) return;
      response.writeHead(answered.statusCode ?? 502, answered.headers);
      // It is open before it has anything to tell.
      response.flushHeaders();
      stream(answered, response);
      interference.afterReplying?.();
    }
  }

  async #ask({ exchange, incoming }: Pair, body: Buffer): Promise<IncomingMessage> {
    const { target, agent, headers } = this.#options;
    const options = {
      method: exchange.method,
      headers: { ...incoming.headers, ...headers?.(exchange), host: new URL(target).host },
    };
    const url = `${target}${exchange.path}`;
    const outgoing =
      agent === undefined ? requestHttp(url, options) : requestHttps(url, { ...options, agent });
    exchange.forwardedAtMs ??= performance.now();
    outgoing.end(body);
    const [answer] = (await once(outgoing, 'response')) as [IncomingMessage];
    answer.on('error', () => {});
    exchange.statuses.push(answer.statusCode ?? 0);
    return answer;
  }
}

async function passes(response: ServerResponse, step: Step = () => 'go on'): Promise<boolean> {
  const verdict = await step();
  if (verdict === 'cut') response.destroy();
  return verdict === 'go on';
}

async function reply(
  { exchange, response }: Pair,
  { beforeReplying, damage, afterReplying }: Interference,
  answer: IncomingMessage,
): Promise<void> {
  const body = Buffer.concat(await Array.fromAsync(answer));
  if (!(await passes(response, beforeReplying)) || response.destroyed) return;
  const { 'transfer-encoding': _, ...headers } = answer.headers;
  const isCut = damage === 'truncated';
  const length = isCut ? body.length + 1 : body.length;
  response.writeHead(answer.statusCode ?? 502, { ...headers, 'content-length': length });
  if (isCut) {
    response.write(body.subarray(0, Math.ceil(body.length / 2)), () => response.socket?.destroySoon());
    exchange.isReplied = true;
  } else {
    response.end(damage === 'garbled' ? Buffer.alloc(body.length, 'x') : body);
    await finished(response);
    exchange.isReplied = true;
  }
  afterReplying?.();
}
