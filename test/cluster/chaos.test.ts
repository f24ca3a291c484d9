// Replicas are killed, ended and stopped at random while workers go on: in the end everybody was told everything.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Crew, type Member, shortSeconds } from './failover/crew.ts';
import { Load } from './failover/load.ts';
import { pick, randomFrom } from '../support/random.ts';

/** How long it lasts, and what makes it happen again as it did: the faults, though not their effects. */
const seconds = Number(process.env['HELIOGRAPH_TEST_CHAOS_SECONDS'] ?? 15);
const seed = Number(process.env['HELIOGRAPH_TEST_CHAOS_SEED'] ?? Math.floor(Math.random() * 2 ** 31));

const replicas = 3;
const shards = 6;
const namespaces = 8;
const workers = 4;

const faults = ['SIGKILL', 'SIGTERM', 'SIGSTOP'] as const;

test(`${replicas} replicas with ${shards} shards, and faults at random`, async (t) => {
  t.diagnostic(`${seconds} s, HELIOGRAPH_TEST_CHAOS_SEED=${seed}`);
  const random = randomFrom(seed);
  const load = await Load.open(t, namespaces);
  const crew = new Crew(t, load.namespaces, { shards, leaseSeconds: shortSeconds });
  await crew.start(replicas);
  const over = new AbortController();
  const working = load.workUntil(over.signal, workers);
  const counts = { SIGKILL: 0, SIGTERM: 0, SIGSTOP: 0 };
  const end = performance.now() + seconds * 1000;
  while (performance.now() < end) {
    const victims = crew.members.toSorted(() => random() - 0.5).slice(0, random() < 0.2 ? 2 : 1);
    await Promise.all(
      victims.map(async (victim) => {
        const fault = pick(random, faults);
        counts[fault] += 1;
        // Two thirds of these naps are longer than a Lease.
        if (fault === 'SIGSTOP') await nap(victim, random() * 3 * shortSeconds);
        else await replace(crew, victim, fault);
      }),
    );
    await sleep(random() * 500);
  }
  over.abort();
  await working;
  const repeats = await load.check(120_000);
  const waits = load.waitsMs();
  const quantile = (share: number) => Math.round(waits[Math.floor((waits.length - 1) * share)] ?? 0);
  t.diagnostic(JSON.stringify(counts));
  t.diagnostic(`${load.count} analyses, ${load.receipts.length} receipts, ${repeats} of them repeats`);
  t.diagnostic(
    `from report to receipt: median ${quantile(0.5)} ms, 99 % ${quantile(0.99)} ms, longest ${quantile(1)} ms`,
  );
});

async function nap(member: Member, napSeconds: number): Promise<void> {
  await member.kill('SIGSTOP');
  await sleep(napSeconds * 1000);
  await member.kill('SIGCONT');
}

async function replace(crew: Crew, member: Member, signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
  const code = await crew.end(member, signal);
  if (signal === 'SIGTERM') assert.equal(code, 0);
  await crew.start(1);
}
