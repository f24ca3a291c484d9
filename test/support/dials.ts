// Records every TCP connection that this process tries to open, below undici and node:tls, without patching
// anything: Node tells async hooks of each connect request of libuv.
import { type AsyncHook, createHook } from 'node:async_hooks';

export interface Dials {
  /** `ADDRESS:PORT` of every attempt to connect, in order. */
  readonly addresses: readonly string[];
  /** How often the system's resolver was asked, which knows /etc/hosts and search domains. */
  readonly lookups: number;
  /** Forgets what it has recorded. */
  clear(): void;
  stop(): void;
}

/** Node sets these right after it has made the request. */
interface ConnectRequest {
  address?: string;
  port?: number;
}

export function recordDials(): Dials {
  const requests: ConnectRequest[] = [];
  let lookups = 0;
  const hook: AsyncHook = createHook({
    init(_id, type, _trigger, resource) {
      if (type === 'TCPCONNECTWRAP') requests.push(resource);
      if (type === 'GETADDRINFOREQWRAP') lookups += 1;
    },
  }).enable();
  return {
    get addresses() {
      return requests.map(({ address = 'unknown', port = 0 }) => `${address}:${port}`);
    },
    get lookups() {
      return lookups;
    },
    clear: () => {
      requests.length = 0;
      lookups = 0;
    },
    stop: () => void hook.disable(),
  };
}
