// A stand-in for the API server on loopback: serves ConfigMaps from memory, and misbehaves when told to.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { TestContext } from 'node:test';
import type { ClusterConfig } from '../../src/kube/config.ts';
import { World } from './stand-in-world.ts';

export interface StandInRequest {
  kind: 'list' | 'watch' | 'other';
  method: string;
  url: URL;
  headers: IncomingMessage['headers'];
  body: string;
  response: ServerResponse;
}

/** Answers one request, or leaves it without an answer. */
export type Behaviour = (request: StandInRequest, api: ApiStandIn) => void;

export const configMaps = '/api/v1/configmaps';

export const configMapsOf = (namespace: string): string => `/api/v1/namespaces/${namespace}/configmaps`;

export class ApiStandIn {
  readonly world = new World();
  /** Behaviours of the next lists and watches; once they are used up, the truth is told. */
  readonly lists: Behaviour[] = [];
  readonly watches: Behaviour[] = [];
  /** For everything that is neither. */
  other: Behaviour = ({ response }) => json(response, 404, { reason: 'NotFound', message: 'not found' });
  /** In the order they came. */
  readonly requests: StandInRequest[] = [];
  /** Ever accepted. */
  connections = 0;
  pageSize = 500;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #port = 0;

  constructor() {
    this.#server = createServer((request, response) => void this.#receive(request, response));
    this.#server.on('connection', (socket) => {
      this.connections += 1;
      this.#sockets.add(socket.on('error', () => {}));
      socket.on('close', () => this.#sockets.delete(socket));
    });
  }

  get config(): ClusterConfig {
    return {
      baseUrl: new URL(`http://127.0.0.1:${this.#port}`),
      namespace: 'default',
      tls: {},
      headers: async () => ({ authorization: 'Bearer secret-token' }),
    };
  }

  get openConnections(): number {
    return this.#sockets.size;
  }

  requestsOf(kind: StandInRequest['kind']): StandInRequest[] {
    return this.requests.filter((request) => request.kind === kind);
  }

  /** Resets every connection. */
  cut(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  /** Connections are refused until `accept`, which takes the same port again. */
  async refuse(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.cut();
    await closed;
  }

  async accept(): Promise<void> {
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  close(): void {
    this.#server.close();
    this.cut();
  }

  async #receive(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on('error', () => {});
    const { method = '', headers } = incoming;
    const url = new URL(incoming.url ?? '', 'http://stand-in');
    let body = '';
    try {
      for await (const chunk of incoming) body += String(chunk);
    } catch {
      return;
    }
    const request: StandInRequest = { kind: kindOf(method, url), method, url, headers, body, response };
    this.requests.push(request);
    if (request.kind === 'list') (this.lists.shift() ?? tellList)(request, this);
    else if (request.kind === 'watch') (this.watches.shift() ?? tellWatch)(request, this);
    else this.other(request, this);
  }
}

/** Starts one that ends with the test. */
export async function startApiStandIn(t: TestContext): Promise<ApiStandIn> {
  const api = new ApiStandIn();
  await api.accept();
  t.after(() => api.close());
  return api;
}

export function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

/** Opens the stream of a watch, which ends after `timeoutSeconds`; returns what sends one event. */
export function openWatch({ url, response }: StandInRequest): (type: string, object: unknown) => void {
  response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders();
  const seconds = Number(url.searchParams.get('timeoutSeconds') ?? 0);
  const timer = seconds > 0 ? setTimeout(() => response.end(), seconds * 1000) : undefined;
  response.on('close', () => clearTimeout(timer));
  return (type, object) => response.write(`${JSON.stringify({ type, object })}\n`);
}

/** The truth. */
export const tellList: Behaviour = ({ url, response }, { world, pageSize }) => {
  const limit = Math.min(pageSize, Number(url.searchParams.get('limit') ?? pageSize));
  const page = world.page(namespaceOf(url) ?? '', url.searchParams.get('continue') ?? '', limit);
  const expired = { code: 410, reason: 'Expired', message: 'the continue token is too old' };
  if (page === undefined) json(response, 410, expired);
  else json(response, 200, page);
};

/** The truth, for as long as it was asked for. */
export const tellWatch: Behaviour = (request, { world }) => {
  const { url, response } = request;
  const send = openWatch(request);
  const version = Number(url.searchParams.get('resourceVersion') ?? 0);
  const stop = world.follow(namespaceOf(url) ?? '', version, ({ type, object }) => send(type, object));
  if (stop !== undefined) {
    response.on('close', stop);
    return;
  }
  send('ERROR', { kind: 'Status', code: 410, reason: 'Expired', message: 'too old resource version' });
  response.end();
};

function kindOf(method: string, url: URL): StandInRequest['kind'] {
  if (method !== 'GET' || namespaceOf(url) === undefined) return 'other';
  return url.searchParams.has('watch') ? 'watch' : 'list';
}

/** '' for all of them; undefined for what is no collection. */
function namespaceOf({ pathname }: URL): string | undefined {
  if (pathname === configMaps) return '';
  return /^\/api\/v1\/namespaces\/([^/]+)\/configmaps$/.exec(pathname)?.[1];
}
