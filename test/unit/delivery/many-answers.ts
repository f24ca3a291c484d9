// A process of its own that POSTs to hostile receivers and says what that did to its memory and its files:
//   node --expose-gc --max-semi-space-size=2 test/unit/delivery/many-answers.ts PORT TLS_PORT WARM_UP COUNT
import { readdirSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { parseCidrs } from '../../../src/delivery/address.ts';
import { createTransport } from '../../../src/delivery/transport.ts';
import { wayNames } from './many-ways.ts';

export interface Usage {
  heapBytes: number;
  rssBytes: number;
}

export interface Report {
  before: Usage;
  after: Usage;
  /** Files and sockets that were open before the first attempt, and are open when the transport is closed. */
  files: { start: number; end: number };
  /** How many attempts ended in which way. */
  outcomes: Record<string, number>;
}

const [port = 0, tlsPort = 0, warmUp = 0, count = 0] = process.argv.slice(2).map(Number);

const tooMuch = 10_000_000;

/** At once. */
const concurrency = 32;

const transport = createTransport({ allowedCidrs: parseCidrs('127.0.0.1/32'), allowHttp: true });
const outcomes: Record<string, number> = {};

/** Each way in turn; every one as a tenant of its own would: with other paths, headers and secrets. */
async function postOne(index: number): Promise<void> {
  const way = wayNames[index % wayNames.length] ?? '';
  const origin = way === 'certificate' ? `https://127.0.0.1:${tlsPort}` : `http://127.0.0.1:${port}`;
  const { outcome } = await transport.post({
    url: way === 'denied' ? `http://10.0.${index % 256}.1/` : `${origin}/${way}?${index}`,
    headers: { 'content-type': 'application/json', 'x-token': `token-${index}` },
    body: JSON.stringify({ index }),
    timeoutMs: way === 'silence' || way === 'drips' ? 20 : 5000,
    secrets: [`token-${index}`],
  });
  outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
}

async function postMany(total: number): Promise<void> {
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < total) await postOne(next++);
  };
  await Promise.all(Array.from({ length: concurrency }, work));
}

async function usage(): Promise<Usage> {
  // What ends with a connection ends a turn or two after it; what was promoted goes with a second collection.
  for (let turn = 0; turn < 4; turn += 1) {
    await delay(50);
    globalThis.gc?.();
  }
  const { heapUsed, external, rss } = process.memoryUsage();
  return { heapBytes: heapUsed + external, rssBytes: rss };
}

const openFiles = (): number => readdirSync('/proc/self/fd').length;

const start = openFiles();
await postMany(warmUp);
let before: Usage;
let after = await usage();
// A busy machine moves what the allocator keeps, once. What is lost for good is lost with every batch.
let batches = 3;
do {
  before = after;
  for (const outcome of Object.keys(outcomes)) delete outcomes[outcome];
  await postMany(count);
  after = await usage();
  batches -= 1;
} while (after.rssBytes - before.rssBytes >= tooMuch && batches > 0);
await transport.close();
await delay(50);
const report: Report = { before, after, outcomes, files: { start, end: openFiles() } };
process.send?.(report);
process.disconnect?.();
