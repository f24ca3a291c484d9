// A proxy before the receiver of a test: it acts on any POST before the receiver has it, when it has answered, and
// after the answer was given, and knows which answers the sender has had.
import type { TestContext } from 'node:test';
import { type Exchange, type Interference, Interposer } from './interposer.ts';
import type { Journal } from './journal.ts';

/** Leads from a receipt to the exchange that brought it; one that was passed on twice brought two. */
export const exchangeHeader = 'heliograph-test-exchange';

export interface ProxiedJournal<Body> extends Journal<Body> {
  exchanges: readonly Exchange[];
  /** Asked for every POST, in order. */
  decide: (exchange: Exchange) => Interference | Promise<Interference>;
}

/** The journal as it is reached through the proxy. */
export async function interposeJournal<Body>(
  t: TestContext,
  journal: Journal<Body>,
): Promise<ProxiedJournal<Body>> {
  const numbers = new Map<Exchange, number>();
  const interposer = await Interposer.start(t, {
    target: new URL(journal.url('/')).origin,
    opened: (exchange) => numbers.set(exchange, numbers.size),
    headers: (exchange) => ({ [exchangeHeader]: String(numbers.get(exchange)) }),
    decide: (exchange) => proxied.decide(exchange),
  });
  const proxied: ProxiedJournal<Body> = {
    ...journal,
    url: (path) => `${interposer.url}${path}`,
    exchanges: interposer.exchanges,
    decide: () => ({}),
  };
  return proxied;
}
