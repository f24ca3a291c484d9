// A proxy between the operator and the API server: it can act on any request, and delay, thin out or cut watches.
import { readFileSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Agent } from 'node:https';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';
import { parse, stringify } from 'yaml';
import { type Exchange, type Interference, Interposer } from './interposer.ts';

export type ProxiedRequest = Pick<Exchange, 'method' | 'path'>;

/**
 * What to do with a request: `pass` it on; `refuse` it before the API server has it; `lose` the answer after
 * the API server has carried it out; `blackhole` it, so that neither side ever hears more; or something particular.
 */
export type Action = NamedAction | Interference;

type NamedAction = 'pass' | 'refuse' | 'lose' | 'blackhole';

const named: Readonly<Record<NamedAction, Interference>> = {
  pass: {},
  refuse: { beforeForwarding: () => 'cut' },
  lose: { beforeReplying: () => 'cut' },
  blackhole: { beforeForwarding: () => 'hush' },
};

export interface ApiProxy {
  /** A kubeconfig like the given one, but for the proxy. */
  kubeconfig: string;
  requests: readonly Exchange[];
  /** Asked for every request, in order; one that takes its time makes the API server slow. */
  decide: (request: Exchange) => Action | Promise<Action>;
  /** How late what a watch tells comes, in ms; asked when it is opened. */
  watchDelayMs: (path: string) => number;
  /** Whether a watch tells this; asked line by line where it is defined when the watch is opened. */
  watchTells?: (path: string, line: string) => boolean;
  /** Cuts the watches of a resource that are open now. */
  cutWatches: (plural: string) => void;
}

interface Cluster {
  cluster: { server: string; 'certificate-authority-data'?: string };
}

export function isWatch({ path }: ProxiedRequest): boolean {
  return path.includes('watch=true');
}

export async function startApiProxy(t: TestContext, kubeconfig: string, dir: string): Promise<ApiProxy> {
  const config = parse(readFileSync(kubeconfig, 'utf8')) as { clusters: [Cluster] };
  const { server, 'certificate-authority-data': ca = '' } = config.clusters[0].cluster;
  const watches = new Map<ServerResponse, string>();
  const interposer = await Interposer.start(t, {
    target: server,
    ...(server.startsWith('https:') && {
      agent: new Agent({ ca: Buffer.from(ca, 'base64'), keepAlive: true }),
    }),
    decide: async (exchange) => {
      const action = await proxy.decide(exchange);
      return typeof action === 'string' ? named[action] : action;
    },
    opened: (exchange, response) => {
      if (!isWatch(exchange)) return;
      watches.set(response, exchange.path);
      response.on('close', () => watches.delete(response));
    },
    stream: (exchange) =>
      isWatch(exchange) ? (answer, response) => tell(proxy, exchange, answer, response) : undefined,
  });
  const proxy: ApiProxy = {
    kubeconfig: join(dir, `proxy-${process.pid}-${Math.random().toString(36).slice(2)}.kubeconfig`),
    requests: interposer.exchanges,
    decide: () => 'pass',
    watchDelayMs: () => 0,
    cutWatches: (plural) => {
      for (const [response, path] of watches) if (path.includes(`/${plural}?`)) response.destroy();
    },
  };
  // client-node sends no credentials over http without that.
  const cluster = { server: interposer.url, 'insecure-skip-tls-verify': true };
  const clusters = [{ ...config.clusters[0], cluster }];
  writeFileSync(proxy.kubeconfig, stringify({ ...config, clusters }), { mode: 0o600 });
  return proxy;
}

/** Passes a watch on, as late and as thinned out as it shall be. */
function tell(proxy: ApiProxy, { path }: Exchange, answer: IncomingMessage, response: ServerResponse): void {
  const delayMs = proxy.watchDelayMs(path);
  const { watchTells } = proxy;
  const later = (act: () => unknown) => (delayMs === 0 ? act() : setTimeout(act, delayMs));
  answer.on('error', () => response.destroy());
  answer.on('close', () => later(() => response.end()));
  if (watchTells === undefined) answer.on('data', (chunk: Buffer) => later(() => response.write(chunk)));
  else
    createInterface(answer)
      .on('line', (line) => {
        if (watchTells(path, line)) later(() => response.write(`${line}\n`));
      })
      .on('error', () => response.destroy());
}
