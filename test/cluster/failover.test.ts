// Several replicas as real processes: who delivers, and who takes over when one ends, dies or sleeps.
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { pingAnnotation } from '../../src/api/group.ts';
import { objectPath } from '../../src/kube/paths.ts';
import { startApiProxy } from '../support/api-proxy.ts';
import { adminClient, endpointType, getAnalysis, getEndpoint, newNamespace } from '../support/cluster.ts';
import { sharedControlPlane } from '../support/control-plane.ts';
import { History } from '../support/history.ts';
import { startJournal } from '../support/journal.ts';
import { conditionOf, everyStep, openScene, wholeStory } from '../support/scene.ts';
import { until } from '../support/until.ts';
import { Crew, firstAttempt, says, shortSeconds } from './failover/crew.ts';
import { Load } from './failover/load.ts';

const scenes: Readonly<Record<string, (t: TestContext) => Promise<void>>> = {
  'SIGTERM of the leader under load: nothing comes twice': async (t) => {
    const load = await Load.open(t, 1);
    const crew = new Crew(t, load.namespaces);
    await crew.start(2);
    const working = load.work(10);
    await load.journal.until('some receipts', () => load.receipts.length >= 50);
    const { leader, standby } = crew.leader();
    const endedAt = Date.now();
    assert.equal(await crew.end(leader, 'SIGTERM'), 0);
    await working;
    assert.equal(await load.check(), 0);
    t.diagnostic(`${firstAttempt(standby, endedAt) - endedAt} ms to the next attempt`);
  },

  'a successor whose watches are late waits for what the last leader wrote': async (t) => {
    const load = await Load.open(t, 2);
    const { operatorKubeconfig, dir } = sharedControlPlane();
    const proxy = await startApiProxy(t, operatorKubeconfig, dir);
    proxy.watchDelayMs = (path) => (path.includes('/leases?') ? 0 : 500);
    const crew = new Crew(t, load.namespaces);
    const [leader] = await crew.start(1);
    const [standby] = await crew.start(1, { kubeconfig: proxy.kubeconfig });
    assert.ok(leader !== undefined && standby !== undefined);
    const working = load.work(6);
    await load.journal.until('some receipts', () => load.receipts.length >= 50);
    const endedAt = Date.now();
    assert.equal(await crew.end(leader, 'SIGTERM'), 0);
    await working;
    assert.equal(await load.check(), 0);
    t.diagnostic(`${firstAttempt(standby, endedAt) - endedAt} ms to the next attempt`);
  },

  'kill -9 of the leader under load: what is repeated has its old id': async (t) => {
    const load = await Load.open(t, 1);
    const crew = new Crew(t, load.namespaces, { leaseSeconds: shortSeconds });
    await crew.start(2);
    const working = load.work(10);
    await load.journal.until('some receipts', () => load.receipts.length >= 50);
    const { leader, standby } = crew.leader();
    const endedAt = Date.now();
    await crew.end(leader, 'SIGKILL');
    await working;
    const repeats = await load.check();
    const ms = firstAttempt(standby, endedAt) - endedAt;
    t.diagnostic(`${ms} ms to the next attempt, with a Lease of ${shortSeconds} s`);
    t.diagnostic(`${load.receipts.length} receipts, ${repeats} of them repeats`);
    assert.ok(repeats <= load.mostRepeats);
  },

  'a leader that sleeps past its Lease changes nothing that its successor wrote': async (t) => {
    const { operatorKubeconfig, dir } = sharedControlPlane();
    const namespace = await newNamespace(t);
    // An attempt is under way and a record is on its way when it falls asleep; both end when it is awake again.
    const awake = Promise.withResolvers<void>();
    const underWay = new Set<string>();
    const untilAwake = async <T>(what: string, then: T): Promise<T> => {
      if (underWay.size < 2 && !underWay.has(what)) {
        underWay.add(what);
        await awake.promise;
      }
      return then;
    };
    const journal = await startJournal(t, ({ sequence }) =>
      sequence === 4 ? untilAwake('attempt', 200) : 200,
    );
    const proxy = await startApiProxy(t, operatorKubeconfig, dir);
    proxy.decide = ({ method, path }) =>
      method === 'PATCH' && path.endsWith('/run/status') && underWay.has('attempt')
        ? untilAwake('record', 'pass')
        : 'pass';
    const scene = await openScene(t, journal, namespace);
    const history = await History.follow(t, namespace);
    const crew = new Crew(t, [namespace], { leaseSeconds: shortSeconds });
    const [leader] = await crew.start(1, { kubeconfig: proxy.kubeconfig });
    const standbys = await startApiProxy(t, operatorKubeconfig, dir);
    const [standby] = await crew.start(1, { kubeconfig: standbys.kubeconfig });
    assert.ok(leader !== undefined && standby !== undefined);
    await scene.endpoint('partner');
    await scene.analysis('run');
    await scene.report('run', ...everyStep.slice(0, 4));
    await until(() => underWay.size === 2, 'both are under way');
    const lists = () =>
      standbys.requests.filter(
        ({ method, path }) =>
          method === 'GET' && /\/(analyses|webhookendpoints)\?/.test(path) && !path.includes('watch=true'),
      ).length;
    const before = lists();
    await leader.kill('SIGSTOP');
    await until(() => says(standby, 'shard taken'), 'the other one takes over');
    await scene.report('run', ...everyStep.slice(4, 7));
    await until(() => history.owners('run').at(-1) === standby.identity, 'it writes');
    assert.equal(lists(), before, 'it knew everything already');

    await leader.kill('SIGCONT');
    awake.resolve();
    await until(() => says(leader, 'shard lost'), 'the old leader knows that it was deposed');
    const refused = () => leader.metric('heliograph_ledger_writes_total', { result: 'fenced' });
    await until(async () => (await refused()) === 1, 'its record is refused');
    await scene.report('run', ...everyStep.slice(7));
    await history.settled('run');
    const analysis = await getAnalysis(namespace, 'run');
    assert.deepEqual(history.owners('run'), [leader.identity, standby.identity]);
    assert.deepEqual([...new Set(scene.story('partner', analysis))], wholeStory);

    assert.equal(await crew.end(standby, 'SIGTERM'), 0);
    await scene.analysis('next');
    await scene.report('next', ...everyStep);
    const next = await scene.settled('next');
    assert.equal(next.status.delivery?.owner, leader.identity, 'it works again when there is work');
    assert.deepEqual(scene.story('partner', next), wholeStory);
    assert.deepEqual(history.owners('run'), [leader.identity, standby.identity]);
    history.check();
  },

  'a rolling restart under load loses nothing and repeats nothing': async (t) => {
    const load = await Load.open(t, 4);
    const crew = new Crew(t, load.namespaces, { shards: 2 });
    const old = await crew.start(2);
    const over = new AbortController();
    const working = load.workUntil(over.signal, 3);
    for (const member of old) {
      await crew.start(1);
      assert.equal(await crew.end(member, 'SIGTERM'), 0);
    }
    await until(() => crew.shares().size === 2, 'the new ones share the work');
    over.abort();
    await working;
    assert.equal(await load.check(), 0);
    t.diagnostic(`${load.receipts.length} receipts`);
  },

  'three replicas share six shards, also when one dies and one comes': async (t) => {
    const load = await Load.open(t, 8);
    const crew = new Crew(t, load.namespaces, { shards: 6, leaseSeconds: shortSeconds });
    await crew.start(3);
    const shares = () => [...crew.shares().values()].toSorted((a, b) => a - b).join('/');
    await until(() => shares() === '2/2/2', 'each has two');
    const working = load.work(12);
    const [first] = crew.members;
    assert.ok(first);
    const diedAt = performance.now();
    await crew.end(first, 'SIGKILL');
    await until(() => shares() === '3/3', 'those who are left have three');
    t.diagnostic(`2/2/2 to 3/3 in ${Math.round(performance.now() - diedAt)} ms`);
    const [other] = crew.members;
    assert.ok(other);
    const startedAt = performance.now();
    await crew.start(1);
    await until(() => shares() === '2/2/2', 'each has two again');
    t.diagnostic(`and back in ${Math.round(performance.now() - startedAt)} ms, its start included`);
    await working;
    const repeats = await load.check();
    t.diagnostic(`${load.receipts.length} receipts, ${repeats} of them repeats`);
    assert.ok(repeats <= load.mostRepeats);
  },

  'what the status of an endpoint tells goes on: counts, an open circuit, a ping': async (t) => {
    const namespace = await newNamespace(t);
    const journal = await startJournal(t, ({ path }) => (path.endsWith('/dead') ? 503 : 200));
    const scene = await openScene(t, journal, namespace);
    const crew = new Crew(t, [namespace]);
    await crew.start(2);
    await scene.endpoint('dead', { delivery: { initialBackoffSeconds: 1, maxBackoffSeconds: 1 } });
    await scene.endpoint('well');
    const statusOf = async (name: string) => (await getEndpoint(namespace, name)).status;
    const isOpen = async () =>
      conditionOf({ status: await statusOf('dead') }, 'Delivering')?.reason === 'CircuitOpen';
    const fail = (from: number) =>
      Promise.all(
        Array.from({ length: 6 }, async (_, index) => {
          await scene.analysis(`run-${from + index}`);
          await scene.report(`run-${from + index}`, { phase: 'Failed' });
        }),
      );
    const attempts = (name: string) => journal.at(`/${namespace}/${name}`);
    const pings = () =>
      attempts('well').filter(({ headers }) => headers['heliograph-event-type'] === 'webhook.ping').length;
    const ping = async (value: string) => {
      const metadata = { annotations: { [pingAnnotation]: value } };
      await adminClient().patchMerge(objectPath(endpointType, namespace, 'well'), { metadata });
      await until(async () => (await statusOf('well'))?.lastHandledPing === value, 'it is acknowledged');
    };
    await fail(0);
    await until(isOpen, 'the circuit is open');
    await ping('one');
    await fail(6);
    await journal.until('they are delivered', () => attempts('well').length === 2 * 12 + 1);
    const { leader } = crew.leader();
    // At once: what it has counted since it last wrote the status must not be lost.
    assert.equal(await crew.end(leader, 'SIGTERM'), 0);
    const before = attempts('dead').length;
    await journal.until('a probe', () => attempts('dead').length > before);
    assert.ok(await isOpen());
    assert.ok(attempts('dead').length - before <= 3, 'it does not rush at the receiver');
    assert.equal(pings(), 1);
    await ping('two');
    assert.equal(pings(), 2);
    await fail(12);
    await until(async () => (await statusOf('well'))?.deliveredCount === 2 * 18, 'every delivery is counted');
  },
};

test('replicas', { concurrency: 2 }, async (t) => {
  await Promise.all(Object.entries(scenes).map(([name, play]) => t.test(name, play)));
});
