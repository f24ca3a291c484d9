// Receivers that fail in every way that the contracts speak of: what they saw is what kubectl shows.
import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { getAnalysis, getEndpoint } from '../../support/cluster.ts';
import { conditionOf, everyStep, ledgerOf, wholeStory } from '../../support/scene.ts';
import { until } from '../../support/until.ts';
import { assertAgreement, contract, inTime, type Row, shownEndpoint, type Stage } from './contract.ts';

const quick = { initialBackoffSeconds: 1, maxBackoffSeconds: 1 };

const rows: Readonly<Record<string, Row>> = {
  'a receiver that answers 500 three times, then 200, has it with the fourth attempt': async (stage) => {
    stage.answer('flaky', ({ sequence, attempt }) => (sequence === 1 && attempt <= 3 ? 500 : 200));
    await stage.endpoint('flaky', { delivery: quick });
    await runToFailure(stage);
    await stage.settled('run', 60_000);
    assert.deepEqual(attemptsSeen(stage, 'flaky'), ['1/1 500', '1/2 500', '1/3 500', '1/4 200', '11/1 200']);
    await assertAgreement(stage, 'flaky', 'run');
    const [first] = (await shownEndpoint(stage.namespace, 'flaky')).status?.recentDeliveries?.slice(-1) ?? [];
    assert.equal(first?.response.status, '500 Internal Server Error');
    assert.equal(first?.response.body, 'webhook received\n');
  },

  'a receiver that hangs is left after 10 s, and what it never took is given up on record': async (stage) => {
    stage.answer('hung', ({ sequence }) => (sequence === 1 ? 'hang' : 200));
    await stage.endpoint('hung', { delivery: { ...quick, maxAttempts: 2 } });
    await runToFailure(stage);
    const ended = await stage.settled('run', 90_000);
    assert.deepEqual(attemptsSeen(stage, 'hung'), ['1/1 -', '1/2 -', '11/1 200']);
    await assertAgreement(stage, 'hung', 'run');
    const [given] = ledgerOf(ended)?.endpoints[0]?.deliveries ?? [];
    assert.deepEqual([given?.state, given?.reason], ['GivenUp', 'MaxAttemptsReached']);
    const { recentDeliveries = [] } = (await shownEndpoint(stage.namespace, 'hung')).status ?? {};
    for (const { durationMilliseconds, response } of recentDeliveries.slice(-2)) {
      assert.equal(response.message, 'webhook event with type analysis.started failed: timed out after 10 s');
      assert.ok(durationMilliseconds >= 9900, `waited for ${durationMilliseconds} ms`);
    }
  },

  'a receiver that answers 410 is not asked again, and the endpoint is Gone': async (stage) => {
    stage.answer('gone', () => 410);
    await stage.endpoint('gone', { delivery: quick });
    await runToFailure(stage);
    const delivering = async () =>
      conditionOf(await shownEndpoint(stage.namespace, 'gone'), 'Delivering')?.reason;
    await until(async () => (await delivering()) === 'Gone', 'the endpoint is Gone', 60_000);
    const owed = async () => ledgerOf(await getAnalysis(stage.namespace, 'run'))?.endpoints[0]?.deliveries;
    await until(async () => (await owed())?.[0]?.statusCode === 410, 'the answer is on record');
    assert.deepEqual(attemptsSeen(stage, 'gone'), ['1/1 410']);
    await assertAgreement(stage, 'gone', 'run');
    assert.ok((await owed())?.every(({ state }) => state === 'Owed'));
  },

  'a receiver that answers 429 with Retry-After is not asked before that, in seconds or as a date': async (
    stage,
  ) => {
    const askedFor = new Map<number, number>();
    stage.answer('busy', ({ sequence, attempt }) => {
      if (attempt > 1) return 200;
      const now = Date.now();
      const inSeconds = sequence === 1;
      // A date has whole seconds.
      const at = inSeconds ? now + 3000 : Math.ceil((now + 3000) / 1000) * 1000;
      askedFor.set(sequence, performance.now() + at - now);
      const retryAfter = inSeconds ? '3' : new Date(at).toUTCString();
      return (response) => response.writeHead(429, { 'retry-after': retryAfter }).end();
    });
    await stage.endpoint('busy', { delivery: quick });
    await runToFailure(stage);
    await stage.settled('run', 60_000);
    assert.deepEqual(attemptsSeen(stage, 'busy'), ['1/1 429', '1/2 200', '11/1 429', '11/2 200']);
    await assertAgreement(stage, 'busy', 'run');
    for (const { sequence, attempt, atMs } of stage.received('busy')) {
      const earlyMs = (askedFor.get(sequence) ?? Infinity) - atMs;
      if (attempt === 2) assert.ok(earlyMs <= 0, `event ${sequence} came ${earlyMs} ms too early`);
    }
  },

  'a receiver that takes 9.5 s of its 10 s has it with one attempt': async (stage) => {
    stage.answer('slow', ({ sequence, attempt }) => after(sequence === 1 && attempt === 1 ? 9500 : 0));
    await stage.endpoint('slow', { delivery: quick });
    await inTime(async (name) => {
      await runToFailure(stage, name);
      const { metadata } = await stage.settled(name, 90_000);
      assert.deepEqual(attemptsSeen(stage, 'slow', metadata.uid), ['1/1 200', '11/1 200']);
      await assertAgreement(stage, 'slow', name);
    });
  },

  'a receiver that takes 10.5 s is too late for its 10 s, and has the same event once more': async (
    stage,
  ) => {
    stage.answer('late', ({ sequence, attempt }) => after(sequence === 1 && attempt === 1 ? 10_500 : 0));
    await stage.endpoint('late', { delivery: quick });
    await runToFailure(stage);
    await stage.settled('run', 90_000);
    // The late answer found nobody.
    assert.deepEqual(attemptsSeen(stage, 'late'), ['1/1 -', '1/2 200', '11/1 200']);
    await assertAgreement(stage, 'late', 'run');
    const [first, second] = stage.received('late');
    assert.deepEqual([first?.id, first?.text], [second?.id, second?.text]);
  },

  'of ten endpoints one hangs: the other nine have everything, in order, before it first times out': async (
    stage,
  ) => {
    let hasTimedOut = false;
    stage.answer('e5', () => (response) => response.on('close', () => (hasTimedOut = true)));
    const names = Array.from({ length: 10 }, (_, index) => `e${index}`);
    for (const name of names) await stage.endpoint(name);
    const run = await stage.analysis('run');
    await stage.report('run', ...everyStep);
    const others = names.filter((name) => name !== 'e5');
    const hasAll = (name: string) => stage.received(name).length === wholeStory.length;
    await stage.journal.until('nine have everything', () => hasTimedOut || others.every(hasAll), 60_000);
    assert.equal(hasTimedOut, false);
    for (const name of others) assert.deepEqual(stage.story(name, run), wholeStory);
    assert.equal(stage.received('e5').length, 1);
    const delivered = async () => {
      const counts = others.map(
        async (name) => (await getEndpoint(stage.namespace, name)).status?.deliveredCount,
      );
      return (await Promise.all(counts)).every((count) => count === wholeStory.length);
    };
    await until(delivered, 'the nine endpoints show it', 60_000);
  },
};

contract('receivers that fail', rows);

/** Events 1 and 11. */
async function runToFailure({ analysis, report }: Stage, name = 'run'): Promise<void> {
  await analysis(name);
  await report(name, { phase: 'Failed' });
}

/** `sequence/attempt answer`; of one analysis, where its UID is given. */
function attemptsSeen({ received }: Stage, endpoint: string, uid = ''): string[] {
  return received(endpoint)
    .filter(({ id }) => id.startsWith(uid))
    .map(({ sequence, attempt, status }) => `${sequence}/${attempt} ${status ?? '-'}`);
}

async function after(waitMs: number): Promise<number> {
  await delay(waitMs);
  return 200;
}
