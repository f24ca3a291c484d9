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
  /** Asked for every request, in order. */
  decide: (request: ProxiedRequest) => Action;
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
    cutWatches: (plural) => {
      for (const [response, path] of watches) if (path.includes(`/${plural}?`)) response.destroy();
    },
  };
  const http = createServer((incoming, response) => {
    const { method = '', url: path = '' } = incoming;
    proxy.requests.push({ method, path });
    const action = proxy.decide({ method, path });
    if (path.includes('watch=true')) {
      watches.set(response, path);
      response.on('close', () => watches.delete(response));
    }
    if (action === 'refuse') incoming.destroy();
    else if (action !== 'blackhole') forward(incoming, response, { server, agent, loses: action === 'lose' });
  });
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
  { server, agent, loses }: { server: string; agent: Agent; loses: boolean },
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
    answer.on('error', destroy);
    answer.pipe(response);
  });
  outgoing.on('error', destroy);
  response.on('close', () => outgoing.destroy());
  incoming.on('error', destroy);
  incoming.pipe(outgoing);
}
