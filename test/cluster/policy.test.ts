// spec.delivery and what is kept of responses: each setting seen from the receiver and in the record.
import assert from 'node:assert/strict';
import { getAnalysis, getEndpoint } from '../support/cluster.ts';
import { type Receipt, type Reply } from '../support/journal.ts';
import { playRows, type Row } from '../support/rows.ts';
import { everyStep, ledgerOf, wholeStory } from '../support/scene.ts';
import { until } from '../support/until.ts';

const replies = new Map<string, (receipt: Receipt) => Reply | Promise<Reply>>();

const rows: Readonly<Record<string, Row>> = {
  'Unordered: the events of one analysis are under way at the same time, up to maxConcurrent': async (
    scene,
    journal,
  ) => {
    const { namespace, endpoint, analysis, report, settled } = scene;
    const path = `/${namespace}/partner`;
    const all = Promise.withResolvers<Reply>();
    replies.set(path, () => all.promise);
    await endpoint('partner', { delivery: { ordering: 'Unordered', maxConcurrent: 4 } });
    await analysis('run');
    await report('run', { phase: 'Success' });
    // None is answered before the fourth has come: in order, the second would never come.
    await journal.until('four at once', () => journal.at(path).length === 4);
    all.resolve(200);
    await settled('run');
    assert.equal(new Set(journal.at(path).map(({ id }) => id)).size, 11);
  },

  'LatestOnly: of progress events that wait only the newest is sent, and the record says which were not':
    async (scene, journal) => {
      const { namespace, endpoint, analysis, report, settled, story } = scene;
      const path = `/${namespace}/partner`;
      const first = Promise.withResolvers<Reply>();
      replies.set(path, ({ sequence }) => (sequence === 1 ? first.promise : 200));
      await endpoint('partner', { delivery: { progress: 'LatestOnly' } });
      await analysis('run');
      await report('run', { phase: 'Analyzing', percentage: 0 });
      await journal.until('the start', () => journal.at(path).length === 1);
      await report('run', { percentage: 30 }, { percentage: 70 });
      const isKnown = async () => ledgerOf(await getAnalysis(namespace, 'run'))?.lastSequence === 8;
      await until(isKnown, 'all rungs are on record');
      first.resolve(200);
      await journal.until('the newest', () => journal.at(path).length === 2);
      await report('run', { phase: 'Failed' });
      const ended = await settled('run');
      assert.deepEqual(story('partner', ended), [
        wholeStory[0],
        wholeStory[7],
        '11 analysis.failed failed 70',
      ]);
      const states = ledgerOf(ended)?.endpoints[0]?.deliveries.map(
        ({ sequence, state }) => `${sequence} ${state}`,
      );
      const superseded = [2, 3, 4, 5, 6, 7].map((sequence) => `${sequence} Superseded`);
      assert.deepEqual(states, ['1 Delivered', ...superseded, '8 Delivered', '11 Delivered']);
    },

  'maxPerSecond: receipts are spaced': async (scene, journal) => {
    const { namespace, endpoint, analysis, report, settled } = scene;
    const at: number[] = [];
    replies.set(`/${namespace}/partner`, () => {
      at.push(performance.now());
      return 200;
    });
    await endpoint('partner', { delivery: { maxPerSecond: 5 } });
    const names = ['a', 'b', 'c'];
    for (const name of names) await analysis(name);
    for (const name of names) await report(name, { phase: 'Failed' });
    for (const name of names) await settled(name);
    assert.equal(journal.at(`/${namespace}/partner`).length, 6);
    // Turns are 200 ms apart where they are given; on the way to the receiver they may come closer.
    assert.ok((at.at(-1) ?? 0) - (at[0] ?? 0) > 800, 'six need five turns more');
  },

  'maxConcurrent: no more requests at once, over all analyses': async (scene, journal) => {
    const { namespace, endpoint, analysis, report, settled } = scene;
    let now = 0;
    let most = 0;
    replies.set(`/${namespace}/partner`, async () => {
      most = Math.max(most, (now += 1));
      await new Promise((resolve) => setTimeout(resolve, 20));
      now -= 1;
      return 200;
    });
    await endpoint('partner', { delivery: { maxConcurrent: 2 } });
    const names = Array.from({ length: 8 }, (_, index) => `run-${index}`);
    await Promise.all(names.map((name) => analysis(name)));
    await Promise.all(names.map((name) => report(name, { phase: 'Failed' })));
    await Promise.all(names.map((name) => settled(name)));
    assert.equal(journal.at(`/${namespace}/partner`).length, 16);
    assert.equal(most, 2);
  },

  'Only200: 204 and 410 are failures like any other, and the endpoint goes on': async (scene) => {
    const { namespace, endpoint, analysis, report, settled, story } = scene;
    replies.set(`/${namespace}/partner`, ({ sequence, attempt }) =>
      sequence > 1 || attempt > 2 ? 200 : attempt === 1 ? 204 : 410,
    );
    const delivery = { successStatus: 'Only200', initialBackoffSeconds: 1, maxBackoffSeconds: 1 };
    await endpoint('partner', { delivery });
    await analysis('run');
    await report('run', { phase: 'Failed' });
    const [started] = wholeStory;
    assert.deepEqual(story('partner', await settled('run')), [
      started,
      started,
      started,
      '11 analysis.failed failed 0',
    ]);
  },

  'recordResponseBody: always, on failure, or never': async (scene) => {
    const { namespace, endpoint, analysis, report, settled } = scene;
    const kept: Record<string, unknown> = {};
    for (const recordResponseBody of ['Always', 'OnFailure', 'Never']) {
      const name = recordResponseBody.toLowerCase();
      replies.set(`/${namespace}/${name}`, ({ sequence }) => (sequence === 1 ? 500 : 200));
      await endpoint(name, { recordResponseBody, delivery: { maxAttempts: 1 } });
    }
    await analysis('run');
    await report('run', { phase: 'Failed' });
    await settled('run');
    for (const name of ['always', 'onfailure', 'never']) {
      const shown = async () => (await getEndpoint(namespace, name)).status?.recentDeliveries ?? [];
      await until(async () => (await shown()).length === 2, 'both are shown');
      kept[name] = (await shown()).map(({ response }) => response.body);
    }
    const body = 'webhook received\n';
    assert.deepEqual(kept, {
      always: [body, body],
      onfailure: [undefined, body],
      never: [undefined, undefined],
    });
  },

  'of ten endpoints one hangs, and the nine have everything in order before its first timeout': async (
    scene,
    journal,
  ) => {
    const { namespace, endpoint, analysis, report, story } = scene;
    const well = Array.from({ length: 9 }, (_, index) => `well-${index}`);
    let timedOut = false;
    replies.set(`/${namespace}/hung`, () => 'hang');
    await endpoint('hung', { delivery: { timeoutSeconds: 30 } });
    for (const name of well) await endpoint(name);
    const run = await analysis('run');
    await report('run', ...everyStep);
    setTimeout(() => (timedOut = true), 29_000).unref();
    await journal.until('all nine have everything', () =>
      well.every((name) => story(name, run).length === 11),
    );
    assert.equal(timedOut, false);
    for (const name of well) assert.deepEqual(story(name, run), wholeStory);
    assert.equal(journal.at(`/${namespace}/hung`).length, 1);
  },
};

playRows('delivery policies', rows, { reply: (receipt) => replies.get(receipt.path)?.(receipt) ?? 200 });
