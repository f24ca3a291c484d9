// What the contract says of webhook services that are slow or fail: ten seconds, 200 and nothing else, five retries.
import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { kubectl } from '../../../support/kubectl.ts';
import type { Reply } from '../../../support/journal.ts';
import { conditionOf } from '../../../support/scene.ts';
import { until } from '../../../support/until.ts';
import { inTime, type Row, shownAnalysis, type Stage } from '../contract.ts';
import { applyJob, type JobBody, perJob } from './job.ts';

/** The least waits before the second to the sixth attempt: half of 5 s, doubling. */
const leastWaitsMs = [2500, 5000, 10_000, 20_000, 40_000];

/** As long as five retries with the whole of their backoffs and six timeouts, and some more. */
const patienceMs = 270_000;

const timeoutMs = 10_000;

/** What a service answers to every attempt, and what kubectl shows of the last one. */
const unsuccessful: Readonly<Record<string, { answer: (elsewhere: string) => Reply; said: RegExp }>> = {
  201: { answer: () => 201, said: /failed: answered 201 Created, where only 200 counts$/ },
  204: { answer: () => 204, said: /failed: answered 204 No Content, where only 200 counts$/ },
  302: {
    answer: (location) => (response) => response.writeHead(302, { location }).end(),
    said: /failed: redirects are not followed \(302 to http:\/\/127\.0\.0\.1:\d+\)$/,
  },
  410: { answer: () => 410, said: /failed: answered 410 Gone$/ },
  500: { answer: () => 500, said: /failed: answered 500 Internal Server Error$/ },
  'no status at all, for it hangs': { answer: () => 'hang', said: /failed: timed out after 10 s$/ },
};

const sixPosts = Object.entries(unsuccessful).map(([what, { answer, said }]): [string, Row<JobBody>] => [
  `when a non 200 status code is returned, we retry up to 5 times before giving up: six POSTs for ${what}`,
  async (stage) => {
    stage.answer('hook', () => answer(stage.urlOf('elsewhere')));
    await finish(stage);
    const ended = await stage.settled('job', patienceMs);
    const posts = stage.received('hook');
    assert.deepEqual(
      posts.map(({ attempt }) => attempt),
      [1, 2, 3, 4, 5, 6],
    );
    // The same request, however often.
    assert.deepEqual(
      [new Set(posts.map(({ id }) => id)).size, new Set(posts.map(({ text }) => text)).size],
      [1, 1],
    );
    assert.deepEqual(stage.received('elsewhere'), []);
    assertWaits(posts, what.includes('hangs') ? timeoutMs : 0);
    await assertRecord(stage, said);
    assert.equal(conditionOf(ended, 'Notified')?.reason, 'DeliveryFailed');
    const described = async () => (await kubectl(['describe', 'anl/job', '-n', stage.namespace])).stdout;
    await until(async () => /Warning\s+DeliveryGivenUp/.test(await described()), 'the Event is there');
  },
]);

export const failures: Readonly<Record<string, Row<JobBody>>> = {
  ...Object.fromEntries(sixPosts),

  'your webhook service must respond within 10 seconds: 9.5 s are in time': async (stage) => {
    stage.answer('hook', ({ attempt }) => delay(attempt === 1 ? 9500 : 0, 200));
    await inTime(async (name) => {
      await finish(stage, name);
      await stage.settled(name, 90_000);
      const ended = await shownAnalysis(stage.namespace, name);
      assert.equal(perJob(ended)?.deliveries[0]?.attempts, 1);
      const own = stage.received('hook').filter(({ id }) => id.startsWith(ended.metadata.uid));
      assert.deepEqual(
        own.map(({ status }) => status),
        [200],
      );
    });
  },

  'we wait 10 seconds before we drop the request; after a while, we retry the same request': async (
    stage,
  ) => {
    stage.answer('hook', ({ attempt }) => delay(attempt === 1 ? 10_500 : 0, 200));
    await finish(stage);
    await stage.settled('job', 90_000);
    // The late answer found nobody.
    assert.deepEqual(answersSeen(stage), [undefined, 200]);
    const [first, second] = stage.received('hook');
    assert.deepEqual([first?.id, first?.text], [second?.id, second?.text]);
    const [delivery] = perJob(await shownAnalysis(stage.namespace, 'job'))?.deliveries ?? [];
    assert.deepEqual([delivery?.state, delivery?.attempts], ['Delivered', 2]);
  },

  'webhooks must return a success response: 200 on a retry is one, and ends it': async (stage) => {
    stage.answer('hook', ({ attempt }) => (attempt < 3 ? 202 : 200));
    await finish(stage);
    await stage.settled('job', 90_000);
    assert.deepEqual(answersSeen(stage), [202, 202, 200]);
    await assertDelivered(stage, 3);
  },
};

async function finish(stage: Stage<JobBody>, name = 'job'): Promise<void> {
  await applyJob(stage, name);
  await stage.report(name, { phase: 'Success', percentage: 100, result: { jobResults: [] } });
}

function answersSeen({ received }: Stage<JobBody>): (number | undefined)[] {
  return received('hook').map(({ status }) => status);
}

/** @param hangsMs how long the operator waits for an answer in vain, from before the service has the request */
function assertWaits(posts: readonly { atMs: number }[], hangsMs: number): void {
  // A timer may be a millisecond early; a request may take a while to be there, and then its timeout began before.
  const slackMs = hangsMs === 0 ? 5 : 1000;
  for (const [index, leastMs] of leastWaitsMs.entries()) {
    const waitedMs = (posts[index + 1]?.atMs ?? 0) - (posts[index]?.atMs ?? Infinity);
    assert.ok(waitedMs >= leastMs + hangsMs - slackMs, `waited ${waitedMs} ms after attempt ${index + 1}`);
  }
}

/** What kubectl shows of six attempts agrees with what the service has seen. */
async function assertRecord(stage: Stage<JobBody>, said: RegExp): Promise<void> {
  const { deliveries = [], lastResponse } = perJob(await shownAnalysis(stage.namespace, 'job')) ?? {};
  const statusCode = answersSeen(stage).at(-1);
  assert.deepEqual(
    deliveries.map(({ sequence, state, attempts, reason, ...rest }) => [
      sequence,
      state,
      attempts,
      reason,
      rest.statusCode,
    ]),
    [[11, 'GivenUp', 6, 'MaxAttemptsReached', statusCode]],
  );
  assert.deepEqual([lastResponse?.attempt, lastResponse?.statusCode], [6, statusCode]);
  assert.match(lastResponse?.message ?? '', said);
}

async function assertDelivered(stage: Stage<JobBody>, attempts: number): Promise<void> {
  const { deliveries = [], lastResponse } = perJob(await shownAnalysis(stage.namespace, 'job')) ?? {};
  assert.deepEqual(
    deliveries.map((one) => [one.state, one.attempts, one.statusCode]),
    [['Delivered', attempts, 200]],
  );
  assert.equal(lastResponse?.message, 'webhook event with type analysis.completed succeeded');
}
