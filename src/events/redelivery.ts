// Redelivery: what has found its end is owed again, under its old id.
import type { Delivery, Ledger } from '../api/ledger.ts';
import { owedCount } from './ledger.ts';

/** Which deliveries a request means. */
export type Redelivery = 'failed' | 'all' | number;

/** What the label's value `<failed, all or a sequence>.<any>` asks for; undefined where it says neither. */
export function parseRedelivery(value: string): Redelivery | undefined {
  const [what = '', ...any] = value.split('.');
  if (any.length === 0) return undefined;
  if (what === 'failed' || what === 'all') return what;
  return /^([1-9]|10|11)$/.test(what) ? Number(what) : undefined;
}

/**
 * The ledger in which the request is noted and what it means is owed again, with attempts starting anew. A value that
 * asks for nothing that can be read is noted as well, so that it is not looked at again.
 */
export function redeliver(ledger: Ledger, value: string): Ledger {
  const what = parseRedelivery(value);
  const endpoints = ledger.endpoints.map((endpoint) => ({
    ...endpoint,
    deliveries: endpoint.deliveries.map((one) => (isMeant(one, what) ? again(one) : one)),
  }));
  const state = owedCount({ endpoints }) > 0 ? 'Active' : ledger.state;
  return { ...ledger, state, lastHandledRedeliver: value, endpoints };
}

function isMeant({ sequence, state }: Delivery, what: Redelivery | undefined): boolean {
  if (state === 'Owed' || what === undefined) return false;
  if (what === 'failed') return state === 'GivenUp';
  return what === 'all' || what === sequence;
}

function again({ sequence }: Delivery): Delivery {
  return { sequence, state: 'Owed', attempts: 0 };
}
