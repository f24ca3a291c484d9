// Watches that let the operator down: everybody is told everything all the same, once and in order.
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { type ApiProxy, isWatch, type ProxiedRequest, startApiProxy } from '../support/api-proxy.ts';
import { sharedControlPlane } from '../support/control-plane.ts';
import { History } from '../support/history.ts';
import type { Interference } from '../support/interposer.ts';
import { type Journal, startJournal } from '../support/journal.ts';
import { checkInvariants } from '../support/model.ts';
import { startOperator } from '../support/operator.ts';
import { everyStep, openScene, type Scene, wholeStory } from '../support/scene.ts';
import { until } from '../support/until.ts';
import { soakVariable } from './soak-variable.ts';

interface Stage {
  scene: Scene;
  journal: Journal;
  proxy: ApiProxy;
}

const halfway = everyStep.slice(0, 6);
const rest = everyStep.slice(6);

/** Of those that are not settled. */
const isAnalyses = ({ path }: ProxiedRequest) =>
  path.includes('/analyses?') && path.includes('fieldSelector');

const expired: Interference = {
  answer: {
    status: 200,
    body: `${JSON.stringify({ type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired' } })}\n`,
  },
};

const rows: Readonly<Record<string, (stage: Stage) => Promise<unknown>>> = {
  'a watch that has expired is followed by a list': async ({ scene, journal, proxy }) => {
    await scene.report('run', ...halfway);
    await journal.until('half of it is told', () => journal.receipts.length === halfway.length);
    const lists = () => proxy.requests.filter((one) => isAnalyses(one) && !isWatch(one)).length;
    const before = lists();
    let refused = 0;
    proxy.decide = (request) => {
      if (!isAnalyses(request) || !isWatch(request) || refused > 0) return 'pass';
      refused += 1;
      return expired;
    };
    proxy.cutWatches('analyses');
    await scene.report('run', ...rest);
    await scene.settled('run');
    assert.equal(refused, 1);
    assert.equal(lists(), before + 1);
  },

  'what a watch drops comes with the next one': async ({ scene, proxy }) => {
    let dropped = 0;
    // Each line about a second percentage, and the one of the end.
    proxy.watchTells = (_path, line) => {
      if (!/"percentage":(20|40|60|80|100),?/.test(line) && !line.includes('"phase":"Success"')) return true;
      dropped += 1;
      return false;
    };
    proxy.cutWatches('analyses');
    await scene.report('run', ...everyStep);
    await until(() => dropped > 0, 'a line is dropped');
    delete proxy.watchTells;
    proxy.cutWatches('analyses');
    await scene.settled('run');
  },

  'a watch that is late costs no repeat': async ({ scene, proxy }) => {
    proxy.watchDelayMs = () => 700;
    proxy.cutWatches('analyses');
    await scene.report('run', ...everyStep);
    await scene.settled('run');
  },

  'a request that is carried out twice changes nothing': async ({ scene, proxy }) => {
    proxy.decide = ({ method }) => (method === 'PATCH' ? { isDuplicated: true } : 'pass');
    await scene.report('run', ...halfway);
    await scene.report('run', ...rest);
    await scene.settled('run');
    const fenced = proxy.requests.filter(({ statuses }) => statuses.join() === '200,422');
    assert.ok(fenced.length >= 2, 'the second of two equal writes is refused');
  },

  'answers that make no sense, or break off, are asked for again': async ({ scene, proxy }) => {
    let count = 0;
    proxy.decide = (request) => {
      if (isWatch(request)) return 'pass';
      count += 1;
      // One in three, for what fails is asked for again, and that must not always fail.
      return count % 3 === 1 ? { damage: count % 2 === 0 ? 'garbled' : 'truncated' } : 'pass';
    };
    await scene.report('run', ...halfway);
    await scene.report('run', ...rest);
    await scene.settled('run');
    assert.ok(count > 3, 'some were damaged');
  },
};

/** The operator gives up a watch from which nothing comes for so long. */
const slowRows: typeof rows = {
  'a watch that is a black hole is given up': async ({ scene, journal, proxy }) => {
    let holes = 0;
    proxy.decide = (request) => {
      if (!isAnalyses(request) || !isWatch(request) || holes > 0) return 'pass';
      holes += 1;
      return 'blackhole';
    };
    proxy.cutWatches('analyses');
    await scene.report('run', ...everyStep);
    await journal.until('it is told', () => journal.receipts.length === everyStep.length, 240_000);
    await scene.settled('run');
    assert.equal(holes, 1);
  },
};

const isSoak = process.env[soakVariable] !== undefined;

test('watches and answers', { concurrency: 2 }, async (t) => {
  const played = isSoak ? { ...rows, ...slowRows } : rows;
  await Promise.all(
    Object.entries(played).map(([title, row]) =>
      t.test(title, async (sub) => {
        const { stage, check } = await openStage(sub);
        await row(stage);
        await check();
      }),
    ),
  );
});

async function openStage(t: TestContext): Promise<{ stage: Stage; check: () => Promise<void> }> {
  const { operatorKubeconfig, dir } = sharedControlPlane();
  const proxy = await startApiProxy(t, operatorKubeconfig, dir);
  const journal = await startJournal(t);
  const scene = await openScene(t, journal);
  const history = await History.follow(t, scene.namespace);
  await scene.endpoint('partner');
  await scene.analysis('run');
  await startOperator(t, { kubeconfig: proxy.kubeconfig, namespaces: [scene.namespace] });
  const check = async () => {
    const analysis = await scene.settled('run');
    const repeats = checkInvariants([analysis], scene.receipts(), {
      history,
      requests: proxy.requests,
      crashes: 0,
    });
    assert.equal(repeats, 0);
    assert.deepEqual(scene.story('partner', analysis), wholeStory);
  };
  return { stage: { scene, journal, proxy }, check };
}
