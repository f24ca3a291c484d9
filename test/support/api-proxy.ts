// A proxy between the operator and the API server that can act on chosen requests: hold them, cut them off
// before or after the API server has them, or count them.
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, request as requestHttp, type ServerResponse } from 'node:http';
import { Agent, request as requestHttps } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { parse, stringify } from 'yaml';

export interface ProxiedRequest {
  method: string;
  /** With its query. */
  path: string;
}

/**
 * What to do with a request: `pass` it on; `refuse` it before the API server has it; `lose` the answer after
 * the API server has carried it out; `blackhole` it, so that neither side ever hears more.
 */
export type Action = 'pass' | 'refuse' | 'lose' | 'blackhole';

export interface ApiProxy {
  /** A kubeconfig like the given one, but for the proxy. */
  kubeconfig: string;
  requests: ProxiedRequest[];
  /** Asked for every request, in order; one that takes its time makes the API server slow. */
  decide: (request: ProxiedRequest) => Action | Promise<Action>;
  /** How late what a watch tells comes, in ms; asked when it is opened. */
  watchDelayMs: (path: string) => number;
  /** Cuts the watches of a resource that are open now. */
  cutWatches: (plural: string) => void;
}

interface Cluster {
  cluster: { server: string; 'certificate-authority-data'?: string };
}

export async function startApiProxy(t: TestContext, kubeconfig: string, dir: string): Promise<ApiProxy> {
  const config = parse(readFileSync(kubeconfig, 'utf8')) as { clusters: [Cluster] };
  const { server, 'certificate-authority-data': ca = '' } = config.clusters[0].cluster;
  const agent = new Agent({ ca: Buffer.from(ca, 'base64'), keepAlive: true });
  const watches = new Map<ServerResponse, string>();
  const proxy: ApiProxy = {
    kubeconfig: join(dir, `proxy-${process.pid}-${Math.random().toString(36).slice(2)}.kubeconfig`),
    requests: [],
    decide: () => 'pass',
    watchDelayMs: () => 0,
    cutWatches: (plural) => {
      for (const [response, path] of watches) if (path.includes(`/${plural}?`)) response.destroy();
    },
  };
  const serve = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = '', url: path = '' } = incoming;
    proxy.requests.push({ method, path });
    const action = await proxy.decide({ method, path });
    if (path.includes('watch=true')) {
      watches.set(response, path);
      response.on('close', () => watches.delete(response));
    }
    if (action === 'refuse') incoming.destroy();
    else if (action !== 'blackhole') {
      const delayMs = path.includes('watch=true') ? proxy.watchDelayMs(path) : 0;
      forward(incoming, response, { server, agent, loses: action === 'lose', delayMs });
    }
  };
  const http = createServer((incoming, response) => void serve(incoming, response));
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  const { port } = http.address() as AddressInfo;
  // client-node sends no credentials over http without that.
  const cluster = { server: `http://127.0.0.1:${port}`, 'insecure-skip-tls-verify': true };
  const clusters = [{ ...config.clusters[0], cluster }];
  writeFileSync(proxy.kubeconfig, stringify({ ...config, clusters }), { mode: 0o600 });
  t.after(() => {
    http.close();
    http.closeAllConnections();
    agent.destroy();
  });
  return proxy;
}

function forward(
  incoming: IncomingMessage,
  response: ServerResponse,
  { server, agent, loses, delayMs }: { server: string; agent: Agent; loses: boolean; delayMs: number },
): void {
  const { method, url, headers } = incoming;
  const options = { method, headers: { ...headers, host: new URL(server).host } };
  const target = `${server}${url ?? ''}`;
  const outgoing = server.startsWith('https:')
    ? requestHttps(target, { ...options, agent })
    : requestHttp(target, options);
  const destroy = () => {
    response.destroy();
    outgoing.destroy();
  };
  outgoing.on('response', (answer) => {
    if (loses) {
      answer.resume();
      answer.on('end', destroy);
      return;
    }
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    // A watch is open before it has anything to tell.
    response.flushHeaders();
    answer.on('error', destroy);
    if (delayMs === 0) answer.pipe(response);
    else {
      answer.on('data', (chunk: Buffer) => setTimeout(() => response.write(chunk), delayMs));
      answer.on('end', () => setTimeout(() => response.end(), delayMs));
    }
  });
  outgoing.on('error', destroy);
  response.on('close', () => outgoing.destroy());
  incoming.on('error', destroy);
  incoming.pipe(outgoing);
}
