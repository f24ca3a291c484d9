// Asks a Node.js process for a full garbage collection and for what is left then, over its inspector.
import { setTimeout as delay } from 'node:timers/promises';
import { until } from '../../tools/control-plane/poll.ts';
import type { MeasuredOperator } from './operator.ts';

/** What the inspector says when it is opened. */
const address = /ws:\/\/\S+/;

/** Gives memory back after a collection. */
const settlingMs = 1000;

/** MB of the heap that something still refers to. The inspector stays open: to be done last. */
export async function liveHeapMb(operator: MeasuredOperator, signal: AbortSignal): Promise<number> {
  process.kill(operator.pid(), 'SIGUSR1');
  await until('the inspector', () => Promise.resolve(address.test(operator.log())), { signal });
  const [url = ''] = address.exec(operator.log()) ?? [];
  const socket = new WebSocket(url);
  try {
    await new Promise((resolve, reject) => {
      socket.addEventListener('open', resolve);
      socket.addEventListener('error', () => reject(new Error('the inspector does not answer')));
    });
    await call(socket, 'HeapProfiler.collectGarbage');
    await delay(settlingMs, undefined, { signal });
    const { usedSize } = await call<{ usedSize: number }>(socket, 'Runtime.getHeapUsage');
    return usedSize / 1e6;
  } finally {
    socket.close();
  }
}

let count = 0;

// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the caller says what it reads
function call<T>(socket: WebSocket, method: string): Promise<T> {
  count += 1;
  const id = count;
  const { promise, resolve } = Promise.withResolvers<T>();
  const listen = ({ data }: MessageEvent) => {
    const answer = JSON.parse(String(data)) as { id?: number; result: T };
    if (answer.id !== id) return;
    socket.removeEventListener('message', listen);
    resolve(answer.result);
  };
  socket.addEventListener('message', listen);
  socket.send(JSON.stringify({ id, method }));
  return promise;
}
