// The operator's wall clock is an hour off, or jumps: nothing is given up for it, and nothing waits for it.
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { startApiProxy } from '../support/api-proxy.ts';
import { getAnalysis } from '../support/cluster.ts';
import { sharedControlPlane } from '../support/control-plane.ts';
import { type FakeClock, startFakeClock } from '../support/fake-clock.ts';
import { History } from '../support/history.ts';
import { type Journal, startJournal } from '../support/journal.ts';
import { checkInvariants } from '../support/model.ts';
import { type Operator, startOperator } from '../support/operator.ts';
import { everyStep, ledgerOf, openScene, type Scene, wholeStory } from '../support/scene.ts';
import { until } from '../support/until.ts';

const hour = 3600;

/** After this an event is given up; an hour is much more. */
const maxAgeSeconds = 600;

interface Stage {
  scene: Scene;
  journal: Journal;
  clock: FakeClock;
  start: (env?: NodeJS.ProcessEnv) => Promise<Operator>;
  /** What the receiver answers. */
  answer: { status: number };
  check: () => Promise<void>;
}

type Row = (stage: Stage) => Promise<void>;

/** A process with a clock that is right owes something, and dies; its successor's clock is wrong. */
const succeeds =
  (offsetSeconds: number): Row =>
  async ({ scene, clock, start, answer }) => {
    const first = await start();
    await untilOwed(scene);
    await first.kill('SIGKILL');
    answer.status = 200;
    clock.set(offsetSeconds);
    await start(clock.env);
    await scene.report('run', ...everyStep.slice(1));
  };

/** It jumps while events are owed. */
const jumps =
  (offsetSeconds: number): Row =>
  async ({ scene, journal, clock, start, answer }) => {
    await start(clock.env);
    await untilOwed(scene);
    clock.set(offsetSeconds);
    const isAway = (time: string) =>
      Math.sign(offsetSeconds) * (Date.parse(time) - Date.now()) > (hour * 1000) / 2;
    const stamps = () =>
      journal.receipts.map(({ headers }) => new Date(Number(headers['webhook-timestamp']) * 1000).toJSON());
    await journal.until('the operator believes it', () => stamps().some(isAway));
    answer.status = 200;
    await scene.report('run', ...everyStep.slice(1));
  };

const rows: Readonly<Record<string, Row>> = {
  'a clock one hour fast at the start gives nothing up': succeeds(hour),
  'a clock one hour slow at the start makes nothing wait': succeeds(-hour),
  'a clock that jumps an hour ahead gives nothing up': jumps(hour),
  'a clock that jumps an hour back makes nothing wait': jumps(-hour),
};

test('wrong clocks', { concurrency: 2 }, async (t) => {
  if (startFakeClock(t, 0) === undefined)
    return t.skip('takes libfaketime: root on Debian, or have it installed');
  await Promise.all(
    Object.entries(rows).map(([title, row]) =>
      t.test(title, async (sub) => {
        const stage = await openStage(sub);
        await row(stage);
        await stage.check();
      }),
    ),
  );
});

async function openStage(t: TestContext): Promise<Stage> {
  const clock = startFakeClock(t, 0);
  assert.ok(clock);
  const answer = { status: 503 };
  const journal = await startJournal(t, () => answer.status);
  const scene = await openScene(t, journal);
  const history = await History.follow(t, scene.namespace);
  // Without TLS: to a clock that is slow the certificate of the API server is yet to come.
  const { operatorKubeconfig, dir } = sharedControlPlane();
  const { kubeconfig } = await startApiProxy(t, operatorKubeconfig, dir);
  await scene.endpoint('partner', {
    delivery: { initialBackoffSeconds: 1, maxBackoffSeconds: 1, maxAgeSeconds },
  });
  await scene.analysis('run');
  return {
    scene,
    journal,
    clock,
    answer,
    start: (env = {}) => startOperator(t, { kubeconfig, namespaces: [scene.namespace], env }),
    check: async () => {
      const analysis = await scene.settled('run');
      const states = ledgerOf(analysis)?.endpoints[0]?.deliveries.map(({ state }) => state) ?? [];
      assert.deepEqual([...new Set(states)], ['Delivered']);
      assert.deepEqual([...new Set(scene.story('partner', analysis))], wholeStory);
      assert.equal(checkInvariants([analysis], scene.receipts(), { history, crashes: 1 }), 0);
    },
  };
}

/** Resolves when a failed attempt is on record. */
async function untilOwed(scene: Scene): Promise<void> {
  await scene.report('run', { phase: 'Analyzing' });
  const attempts = async () =>
    ledgerOf(await getAnalysis(scene.namespace, 'run'))?.endpoints[0]?.deliveries[0]?.attempts ?? 0;
  await until(async () => (await attempts()) > 0, 'an attempt is on record');
}
