// Where a hostile input plays: its receiver, and traps beside it that nothing may touch.
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { createServer as createTlsServer } from 'node:tls';
import { answer } from '../../../support/receiver.ts';
import type { Row } from './row.ts';

export interface Stage {
  port: number;
  /** Requests so far, head and body, but for those to `/control`, which are answered well. */
  seen: string[];
  /** Connections to the traps. */
  touched: string[];
}

/** A receiver on 127.0.0.1, and traps at the same port of 127.0.0.2 and ::1; they end with the test. */
export async function startHostileReceiver(t: TestContext, row: Row): Promise<Stage> {
  const stage: Stage = { port: 0, seen: [], touched: [] };
  const sockets = new Set<Socket>();
  const serve = (socket: Socket): void => {
    socket.on('error', () => {});
    row.greets?.(socket);
    onRequests(socket, (request) => behave(socket, request, row, stage));
  };
  const { certificate } = row;
  const server =
    certificate === undefined ? createServer(serve) : createTlsServer({ ...certificate, ...row.tls }, serve);
  server.on('tlsClientError', () => {});
  const traps = { '127.0.0.2': createServer(), '::1': createServer() };
  const all: readonly Server[] = [server, ...Object.values(traps)];
  for (const one of all)
    one.on('connection', (socket: Socket) => {
      sockets.add(socket.on('error', () => {}));
      if (one !== server) stage.touched.push(row.title);
    });
  stage.port = await listen(server, '127.0.0.1', 0);
  // Where an address cannot be listened to, nothing can be touched there.
  for (const [host, trap] of Object.entries(traps)) await listen(trap, host, stage.port).catch(() => 0);
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    for (const one of all) one.close();
  });
  return stage;
}

/** The port it got. */
export async function listen(server: Server, host: string, port: number): Promise<number> {
  server.listen(port, host);
  await once(server, 'listening');
  const address = server.address();
  return typeof address === 'object' ? (address?.port ?? 0) : 0;
}

function behave(socket: Socket, request: string, { answers }: Row, { seen }: Stage): void {
  if (request.startsWith('POST /control ')) {
    socket.end(answer('200 OK', 'control', 'connection: close'));
    return;
  }
  seen.push(request);
  if (answers === undefined) socket.write(answer('200 OK'));
  else answers(socket, request);
}

function onRequests(socket: Socket, receive: (request: string) => void): void {
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk.toString('latin1');
    const headEnd = text.indexOf('\r\n\r\n') + 4;
    const length = Number(/content-length: (\d+)/i.exec(text)?.[1] ?? 0);
    if (headEnd < 4 || text.length < headEnd + length) return;
    const request = text;
    text = '';
    receive(request);
  });
}
