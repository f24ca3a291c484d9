// A receiver on loopback that keeps a journal of what it was sent, and answers as a test says.
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

/** @typeParam Body what the format under test has */
export interface Receipt<Body = MilestoneBody> {
  method: string;
  /** Of the endpoint: tests give each endpoint a path of its own. */
  path: string;
  headers: IncomingHttpHeaders;
  /** The body as it came. */
  text: string;
  /** The body, parsed. */
  body: Body;
  /** When it was complete, on the monotonic clock. */
  atMs: number;
  id: string;
  sequence: number;
  attempt: number;
  /** The status it was answered with; undefined while it is not answered, or when the sender had left before. */
  status?: number;
}

export interface MilestoneBody {
  analysis_id: string;
  event_type: string;
  status: string;
  percentage: number;
  sequence: number;
  timestamp: string;
}

/** A status to answer with (body `webhook received\n`), a way to answer, or never. */
export type Reply = number | 'hang' | ((response: ServerResponse) => void);

export interface Journal<Body = MilestoneBody> {
  url: (path: string) => string;
  receipts: Receipt<Body>[];
  /** Receipts of one path, in the order they came. */
  at: (path: string) => Receipt<Body>[];
  /** Resolves when the condition holds, looked at with every receipt; rejects after `timeoutMs`. */
  until: (what: string, condition: () => boolean, timeoutMs?: number) => Promise<void>;
  close: () => void;
}

export async function startJournal<Body = MilestoneBody>(
  t: TestContext,
  reply: (receipt: Receipt<Body>) => Reply | Promise<Reply> = () => 200,
): Promise<Journal<Body>> {
  const receipts: Receipt<Body>[] = [];
  let changed = Promise.withResolvers<void>();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('error', () => {});
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => void receive(Buffer.concat(chunks).toString()));
    const receive = async (text: string) => {
      const receipt = receiptOf<Body>(request, text);
      receipts.push(receipt);
      changed.resolve();
      changed = Promise.withResolvers();
      const answer = await reply(receipt);
      if (answer === 'hang' || response.destroyed) return;
      if (typeof answer === 'function') answer(response);
      else response.writeHead(answer).end('webhook received\n');
      receipt.status = response.statusCode;
    };
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  t.after(close);
  return {
    url: (path) => `http://127.0.0.1:${port}${path}`,
    receipts,
    at: (path) => receipts.filter((receipt) => receipt.path === path),
    close,
    until: async (what, condition, timeoutMs = 30_000) => {
      const end = performance.now() + timeoutMs;
      while (!condition()) {
        const left = end - performance.now();
        if (left <= 0) throw new Error(`waited ${timeoutMs / 1000} s in vain for ${what}`);
        await Promise.race([changed.promise, sleep(Math.min(left, 100))]);
      }
    },
  };
}

function receiptOf<Body>({ method = '', url = '', headers }: IncomingMessage, text: string): Receipt<Body> {
  return {
    method,
    path: url,
    headers,
    text,
    body: JSON.parse(text),
    atMs: performance.now(),
    id: String(headers['webhook-id']),
    sequence: Number(headers['heliograph-sequence']),
    attempt: Number(headers['heliograph-attempt']),
  };
}
