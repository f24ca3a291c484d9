// Keeps a ledger within 64 KB. Only many endpoints that fail with long answers come near that.
import type { Delivery, LastResponse, Ledger, Subscription } from '../api/ledger.ts';

/** Every write carries the whole ledger, and etcd keeps each version of it for a while. */
export const maxLedgerBytes = 65_536;

/** So many fit with the longest texts there are: 2.9 KB each, and 2 KB of what they share. */
const alwaysFit = 21;

type Trim = (subscription: Subscription) => Subscription;

/** What goes first is what can be missed best. The endpoint's own status has the newest answers in full. */
const trims: readonly Trim[] = [
  (one) => ({
    ...one,
    deliveries: one.deliveries.map((delivery) => (isFinal(delivery) ? untimed(delivery) : delivery)),
  }),
  (one) => (one.lastResponse === undefined ? one : { ...one, lastResponse: bodiless(one.lastResponse) }),
  (one) => ({ ...one, deliveries: one.deliveries.map(bare) }),
];

/** The ledger as it is written: the very same one unless it is too large. */
export function fitLedger(ledger: Ledger): Ledger {
  if (ledger.endpoints.length <= alwaysFit) return ledger;
  let fitted = ledger;
  for (const trim of trims) {
    if (encodedBytes(fitted) <= maxLedgerBytes) return fitted;
    fitted = { ...fitted, endpoints: fitted.endpoints.map(trim) };
  }
  return fitted;
}

/** Bytes of the JSON that the API server makes of it: Go's encoder escapes what HTML might trip over. */
export function encodedBytes(value: unknown): number {
  const json = JSON.stringify(value);
  const escaped = json.match(/[<>&\u2028\u2029]/g) ?? [];
  const shortened = escaped.reduce((bytes, one) => bytes + 6 - Buffer.byteLength(one), 0);
  return Buffer.byteLength(json) + shortened;
}

function isFinal({ state }: Delivery): boolean {
  return state !== 'Owed';
}

function bodiless({ body: _body, ...response }: LastResponse): LastResponse {
  return response;
}

function untimed({ time: _time, ...delivery }: Delivery): Delivery {
  return delivery;
}

/** With all that decides what comes next. */
function bare({ time: _time, statusCode: _statusCode, ...delivery }: Delivery): Delivery {
  return delivery;
}
