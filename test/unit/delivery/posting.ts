// POSTs to receivers on loopback, for the tests of the transport.
import type { TestContext } from 'node:test';
import { parseCidrs } from '../../../src/delivery/address.ts';
import type { AttemptResult } from '../../../src/delivery/outcome.ts';
import {
  createTransport,
  type PostRequest,
  type Transport,
  type TransportOptions,
} from '../../../src/delivery/transport.ts';
import { type Behaviour, startReceiver } from '../../support/receiver.ts';

export const loopback = { allowedCidrs: parseCidrs('127.0.0.0/8,::1/128'), allowHttp: true };

export function transportOf(t: TestContext, options: Partial<TransportOptions> = {}): Transport {
  const transport = createTransport({ ...loopback, ...options });
  t.after(() => transport.close());
  return transport;
}

/** One POST to a receiver that behaves so. */
export async function post(
  t: TestContext,
  behave: Behaviour,
  request: Partial<PostRequest> = {},
): Promise<AttemptResult> {
  const { port } = await startReceiver(t, behave);
  return transportOf(t).post({ ...requestTo(port), ...request });
}

export const requestTo = (port: number, path = '/hook'): PostRequest => ({
  url: `http://127.0.0.1:${port}${path}`,
  headers: { 'content-type': 'application/json' },
  body: '{"a":1}',
  timeoutMs: 5000,
});

export const says =
  (...parts: readonly string[]): Behaviour =>
  (socket) => {
    for (const part of parts) socket.write(part, 'latin1');
  };

/** Writes a beginning, then a piece every few milliseconds for as long as the other side listens. */
export const drips =
  (beginning: string, piece: string): Behaviour =>
  (socket) => {
    socket.write(beginning);
    const timer = setInterval(() => socket.write(piece), 5);
    socket.once('close', () => clearInterval(timer));
  };
