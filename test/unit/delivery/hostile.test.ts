// Hostile inputs, one at a time: what the receiver saw, what the record shows, and that nothing else was
// dialled and nothing else changed.
import assert from 'node:assert/strict';
import { Resolver } from 'node:dns/promises';
import { STATUS_CODES } from 'node:http';
import { createServer } from 'node:net';
import { after, before, test, type TestContext } from 'node:test';
import { parseCidrs } from '../../../src/delivery/address.ts';
import type { AttemptResult } from '../../../src/delivery/outcome.ts';
import { createTransport, type Transport } from '../../../src/delivery/transport.ts';
import { type Dials, recordDials } from '../../support/dials.ts';
import { type DnsServer, startDnsServer, type Zone } from '../../support/dns-server.ts';
import { addresses } from './hostile/addresses.ts';
import { advisories } from './hostile/advisories.ts';
import { answersRows } from './hostile/answers.ts';
import { certificates } from './hostile/certificates.ts';
import { headers } from './hostile/headers.ts';
import { names } from './hostile/names.ts';
import type { Row, Shown } from './hostile/row.ts';
import { listen, startHostileReceiver } from './hostile/stage.ts';

/** 127.0.0.1 is open, and so is the network of 127.0.0.5, which is the API server's; 127.0.0.2 is closed. */
const egress = {
  allowedCidrs: parseCidrs('127.0.0.1/32,127.0.0.4/31'),
  allowHttp: true,
  guarded: ['127.0.0.5'],
};

let transport: Transport;
let dns: DnsServer;
let zone: Zone = () => [];
let dials: Dials;
let closedPort = 0;

before(async () => {
  // Nobody may listen to these.
  for (const name of ['HTTP_PROXY', 'HTTPS_PROXY', 'http_proxy', 'https_proxy', 'ALL_PROXY'])
    process.env[name] = 'http://127.0.0.2:9';
  dns = await startDnsServer((name) => zone(name));
  const resolver = new Resolver({ timeout: 250, tries: 1 });
  resolver.setServers([dns.address]);
  transport = createTransport({ ...egress, resolver });
  const server = createServer();
  closedPort = await listen(server, '127.0.0.1', 0);
  server.close();
  dials = recordDials();
});

after(async () => {
  dials.stop();
  await transport.close();
  dns.close();
});

const tables: Readonly<Record<string, readonly Row[]>> = {
  addresses,
  names,
  answers: answersRows,
  headers,
  certificates,
  advisories,
};

for (const [table, rows] of Object.entries(tables))
  test(`hostile ${table}: nothing gets through, breaks, or is dialled that must not be`, async (t) => {
    for (const row of rows) await t.test(row.title, (sub) => play(sub, row));
  });

test('there are more than two hundred of them, and no two have one title', () => {
  const titles = Object.values(tables).flatMap((rows) => rows.map(({ title }) => title));
  assert.ok(titles.length > 200, `${titles.length}`);
  assert.equal(new Set(titles).size, titles.length);
});

async function play(t: TestContext, row: Row): Promise<void> {
  const { port, seen, touched } = await startHostileReceiver(t, row);
  zone = row.zone ?? (() => []);
  dials.clear();
  const fill = (text: string): string =>
    text.replaceAll('PORT', String(port)).replaceAll('CLOSED', String(closedPort));
  const post = {
    url: fill(row.url ?? 'http://127.0.0.1:PORT/hook'),
    headers: { 'content-type': 'application/json' },
    body: '{"a":1}',
    timeoutMs: 5000,
    ...row.request,
  };
  let result: AttemptResult | undefined;
  for (let time = 0; time < (row.times ?? 1); time += 1) result = await transport.post(post);
  assert.ok(result);
  const usual = row.sees === 'nothing' ? [] : ['127.0.0.1:PORT'];
  const dialled = [...dials.addresses];
  if (row.dials !== 'anything') assert.deepEqual(dialled, (row.dials ?? usual).map(fill));
  assert.ok(dialled.every((address) => address.startsWith('127.0.0.1:')));
  assert.equal(dials.lookups, 0, 'the system was asked for an address');
  checkSeen(row, seen);
  checkShown(row.shows, result);
  await checkNothingChanged(port, row, seen);
  assert.deepEqual(touched, [], 'the trap was touched');
}

function checkSeen({ sees = [/^POST \/hook HTTP\/1\.1$/], times = 1 }: Row, seen: readonly string[]): void {
  if (sees === 'nothing') return assert.deepEqual(seen, []);
  assert.ok(seen.length > 0 && seen.length <= times, `${seen.length} requests`);
  for (const request of seen) {
    const lines = request.split('\r\n');
    assert.ok(!lines.some((line) => /^x-injected/i.test(line)), 'a header was injected');
    for (const line of sees)
      assert.ok(
        lines.some((one) => (typeof line === 'string' ? one === line : line.test(one))),
        `no ${String(line)} in ${request}`,
      );
  }
}

function checkShown(shows: Shown, result: AttemptResult): void {
  const { outcome, statusCode, status, body, message, retryAfterMs } = result;
  assert.equal(outcome, shows.outcome, message);
  check(message, shows.message);
  assert.equal(statusCode, shows.statusCode);
  assert.equal(retryAfterMs, shows.retryAfterMs);
  if (statusCode === undefined) assert.deepEqual([status, body], [undefined, undefined]);
  else {
    check(status, shows.status ?? `${statusCode} ${STATUS_CODES[statusCode] ?? ''}`.trim());
    check(body, shows.body ?? '');
  }
  for (const text of [message, status ?? '', body ?? '']) {
    assert.ok(text.isWellFormed());
    // oxlint-disable-next-line no-control-regex -- these are what must not be there
    assert.doesNotMatch(text, /[\0-\x08\v\f\x0E-\x1F\x7F-\x9F\u202A-\u202E\u2066-\u2069]/);
  }
}

function check(text: string | undefined, expected: string | RegExp): void {
  if (typeof expected === 'string') assert.equal(text, expected);
  else assert.match(text ?? '', expected);
}

/** The next POST to the same receiver, on the same transport, gets its own answer. */
async function checkNothingChanged(port: number, row: Row, seen: readonly string[]): Promise<void> {
  if (row.certificate !== undefined || row.greets !== undefined) return;
  const before = seen.length;
  const { outcome, body } = await transport.post({
    url: `http://127.0.0.1:${port}/control`,
    headers: {},
    body: '{}',
    timeoutMs: 5000,
  });
  assert.deepEqual([outcome, body], ['delivered', 'control']);
  assert.equal(seen.length, before);
}
