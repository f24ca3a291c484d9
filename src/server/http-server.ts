// A small HTTP server for probes and metrics: GET on fixed paths, nothing else.
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';

export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

export interface HttpServer {
  /** What it listens on. */
  readonly port: number;
  close(): Promise<void>;
}

/** Rejects when the address cannot be listened on. */
export async function serve(
  address: { readonly host?: string; readonly port: number },
  routes: Readonly<Record<string, () => Answer | Promise<Answer>>>,
): Promise<HttpServer> {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const route = Object.hasOwn(routes, pathname) ? routes[pathname] : undefined;
    request.resume();
    if (request.method !== 'GET' && request.method !== 'HEAD') send(response, text(405, 'only GET'));
    else if (route === undefined) send(response, text(404, `try ${Object.keys(routes).join(' or ')}`));
    else void answer(response, route);
  });
  server.listen(address);
  await once(server, 'listening');
  const bound = server.address();
  return {
    port: typeof bound === 'object' && bound !== null ? bound.port : address.port,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

export function text(status: number, body: string): Answer {
  return { status, contentType: 'text/plain; charset=utf-8', body: `${body}\n` };
}

async function answer(response: ServerResponse, route: () => Answer | Promise<Answer>): Promise<void> {
  try {
    send(response, await route());
  } catch (error) {
    send(response, text(500, error instanceof Error ? error.message : String(error)));
  }
}

function send(response: ServerResponse, { status, contentType, body }: Answer): void {
  response.writeHead(status, { 'content-type': contentType, 'content-length': Buffer.byteLength(body) });
  response.end(body);
}
