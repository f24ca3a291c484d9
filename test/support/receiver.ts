// A receiver on loopback that answers bytes as a test says, well-formed or not.
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import type { Certificate } from './certificates.ts';

export interface Receiver {
  port: number;
  /** Requests so far, head and body. */
  requests: string[];
  /** Connections so far. */
  connections: number;
  /** Connections that are open now. */
  readonly open: number;
}

/** Is called once for every complete request. */
export type Behaviour = (socket: Socket, request: string, count: number) => void;

/** Starts one that ends with the test. */
export async function startReceiver(
  t: TestContext,
  behave: Behaviour,
  {
    certificate,
    host = '127.0.0.1',
    tls,
  }: { certificate?: Certificate; host?: string; tls?: TlsOptions } = {},
): Promise<Receiver> {
  const sockets = new Set<Socket>();
  const receiver = {
    port: 0,
    requests: [] as string[],
    connections: 0,
    get open() {
      return sockets.size;
    },
  };
  const serve = (socket: Socket) => {
    receiver.connections += 1;
    onRequests(socket, (request) => behave(socket, request, receiver.requests.push(request)));
  };
  const server: Server =
    certificate === undefined ? createServer(serve) : createTlsServer({ ...certificate, ...tls }, serve);
  server.on('connection', (socket: Socket) => {
    sockets.add(socket.on('error', () => {}));
    socket.on('close', () => sockets.delete(socket));
  });
  server.on('tlsClientError', () => {});
  server.listen(0, host);
  await once(server, 'listening');
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  if (typeof address === 'object' && address !== null) receiver.port = address.port;
  return receiver;
}

/** A complete answer with a Content-Length. */
export function answer(statusLine: string, body = '', ...headers: readonly string[]): string {
  return [`HTTP/1.1 ${statusLine}`, `content-length: ${Buffer.byteLength(body)}`, ...headers, '', body].join(
    '\r\n',
  );
}

function onRequests(socket: Socket, receive: (request: string) => void): void {
  let text = '';
  socket.on('error', () => {});
  socket.on('data', (chunk) => {
    text += chunk.toString('latin1');
    const headEnd = text.indexOf('\r\n\r\n') + 4;
    const length = Number(/content-length: (\d+)/i.exec(text)?.[1] ?? 0);
    if (headEnd < 4 || text.length < headEnd + length) return;
    const request = text.slice(0, headEnd + length);
    text = text.slice(headEnd + length);
    receive(request);
  });
}
