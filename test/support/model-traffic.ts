// The part of the model that looks at the wire: when attempts began, which answers came through, and that nothing is
// sent before its subscription is committed.
import assert from 'node:assert/strict';
import type { Analysis } from '../../src/api/analysis.ts';
import type { Exchange } from './interposer.ts';
import type { Receipt } from './journal.ts';
import { exchangeHeader } from './receiver-proxy.ts';

/** One attempt that reached the receiver. */
export interface Sighting extends Receipt {
  /** Of the analysis. */
  readonly uid: string;
  /** When it left the operator, as far as is known, in ms of the monotonic clock. */
  readonly startedMs: number;
  /** The answer was a 2xx, and came through as far as is known. */
  readonly isAcknowledged: boolean;
}

/** Without what the proxy itself has made two of. */
export function sightingsOf(receipts: readonly Receipt[], posts?: readonly Exchange[]): Sighting[] {
  const seen = new Set<Exchange>();
  return receipts.flatMap((receipt) => {
    const post = posts?.[Number(receipt.headers[exchangeHeader])];
    if (post !== undefined && seen.has(post)) return [];
    if (post !== undefined) seen.add(post);
    // Of two answers to what was passed on twice the second one came through.
    const status = post?.statuses.at(-1) ?? receipt.status ?? 0;
    return [
      {
        ...receipt,
        uid: receipt.id.slice(0, receipt.id.lastIndexOf('-')),
        startedMs: post?.atMs ?? receipt.atMs,
        isAcknowledged: status >= 200 && status < 300 && post?.isReplied !== false,
      },
    ];
  });
}

/**
 * I4: no attempt begins before the subscription is committed. When that happened is known from one side: not before the
 * API server has had the write. It may tell a watch before it answers, so its answer comes too late to judge by.
 */
export function checkCommits(
  analyses: readonly Analysis[],
  sightings: readonly Sighting[],
  requests: readonly Exchange[],
): void {
  for (const { metadata } of analyses) {
    const end = `/namespaces/${metadata.namespace}/analyses/${metadata.name}/status`;
    const first = requests.find((request) => isLedgerWrite(request, end) && request.statuses.includes(200));
    for (const { uid, id, startedMs } of sightings)
      if (uid === metadata.uid)
        assert.ok(startedMs >= (first?.forwardedAtMs ?? Infinity), `${id} is sent after the commit`);
  }
}

function isLedgerWrite({ method, path, headers }: Exchange, end: string): boolean {
  return (
    method === 'PATCH' && path.endsWith(end) && headers['content-type'] === 'application/json-patch+json'
  );
}
