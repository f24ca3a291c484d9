// Shards on a real API server: evenly held, never by two at once, and never for long by nobody.
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../support/until.ts';
import { isWriteOf, leaseNamespace, longMs, shortMs, Troupe } from './shards/replicas.ts';

const scenes: Readonly<Record<string, (t: TestContext) => Promise<void>>> = {
  'replicas come and go: the shares stay even': async (t) => {
    const troupe = new Troupe(t, 6);
    const [a, b, c] = await Promise.all(['a', 'b', 'c'].map((identity) => troupe.start(identity)));
    assert.ok(a !== undefined && b !== undefined && c !== undefined);
    await troupe.share([
      [a, 2],
      [b, 2],
      [c, 2],
    ]);
    await b.stop();
    await troupe.share([
      [a, 3],
      [c, 3],
    ]);
    const d = await troupe.start('d');
    await troupe.share([
      [a, 2],
      [c, 2],
      [d, 2],
    ]);
    assert.deepEqual(
      (await troupe.leases()).filter((name) => name.includes('replica')).length,
      3,
      'who has left leaves nothing',
    );
    await Promise.all([a.stop(), c.stop()]);
    await troupe.share([[d, 6]]);
    const gapMs = troupe.check();
    t.diagnostic(`a shard that is given back is without anybody for at most ${Math.round(gapMs)} ms`);
    assert.ok(gapMs < longMs, 'nobody waits for a Lease to run out');
  },

  'one that is cut off stops before anybody else begins, and is welcome again': async (t) => {
    const troupe = new Troupe(t, 4, shortMs);
    const [a, b] = await Promise.all(['a', 'b'].map((identity) => troupe.start(identity)));
    assert.ok(a !== undefined && b !== undefined);
    await troupe.share([
      [a, 2],
      [b, 2],
    ]);
    const cutAt = performance.now();
    a.cutOff();
    await troupe.share([[b, 4]]);
    const ends = troupe.terms.filter(({ who, untilMs }) => who === 'a' && untilMs >= cutAt);
    const stoppedMs = Math.max(...ends.map(({ untilMs }) => untilMs)) - cutAt;
    const ownerlessMs = troupe.check();
    t.diagnostic(
      `cut off: it stops after ${Math.round(stoppedMs)} ms, the shards are taken after ${Math.round(performance.now() - cutAt)} ms, and belonged to nobody for ${Math.round(ownerlessMs)} ms`,
    );
    assert.ok(a.log.some(({ level, event }) => level === 'error' && event === 'shard lost'));
    a.proxy.decide = () => 'pass';
    await troupe.share([
      [a, 2],
      [b, 2],
    ]);
    troupe.check();
  },

  'one that comes after another has died is not waited for': async (t) => {
    const troupe = new Troupe(t, 4, 4000);
    const [a, b] = await Promise.all(['a', 'b'].map((identity) => troupe.start(identity)));
    assert.ok(a !== undefined && b !== undefined);
    await troupe.share([
      [a, 2],
      [b, 2],
    ]);
    const orphans = a.works();
    const cutAt = performance.now();
    a.cutOff();
    await troupe.share([[a, 0]]);
    // For all that it can see, the dead one has just renewed its Leases.
    const c = await troupe.start('c');
    await troupe.share([
      [b, 2],
      [c, 2],
    ]);
    const heirs = orphans.map((orphan) =>
      troupe.terms.find(({ shard, who }) => shard === orphan && who !== 'a'),
    );
    for (const heir of heirs) assert.equal(heir?.who, 'b', 'who knew the dead one stands in');
    const tookMs = Math.max(...heirs.map((heir) => heir?.fromMs ?? 0)) - cutAt;
    t.diagnostic(`${Math.round(tookMs)} ms to a new owner, with a Lease of 4000 ms`);
    troupe.check();
  },

  'there are fewer shards than replicas: the others stand by': async (t) => {
    const troupe = new Troupe(t, 1);
    const replicas = await Promise.all(['a', 'b', 'c'].map((identity) => troupe.start(identity)));
    const owners = () => replicas.filter((replica) => replica.works().length === 1);
    for (let left = replicas.length; left > 0; left -= 1) {
      await until(() => owners().length === 1, 'one of them has it');
      await owners()[0]?.stop();
    }
    assert.equal(troupe.terms.length, 3, 'it did not move without need');
    t.diagnostic(`${Math.round(troupe.check())} ms without anybody`);
  },

  'another number of shards waits until those who hold the old ones are gone': async (t) => {
    const troupe = new Troupe(t, 2);
    const [a, b] = await Promise.all(['a', 'b'].map((identity) => troupe.start(identity)));
    assert.ok(a !== undefined && b !== undefined);
    await troupe.share([
      [a, 1],
      [b, 1],
    ]);
    const c = await troupe.start('c', { count: 5 });
    await until(() => c.log.some(({ event }) => event.startsWith('waiting')), 'it says that it waits');
    await a.stop();
    await troupe.share([[b, 2]]);
    const d = await troupe.start('d', { count: 5 });
    await until(() => d.log.some(({ event }) => event.startsWith('waiting')), 'the other one waits as well');
    assert.deepEqual([c.works(), d.works()], [[], []]);
    const endedAt = performance.now();
    await b.stop();
    await until(() => c.works().length + d.works().length === 5, 'they take all of them');
    t.diagnostic(`${Math.round(performance.now() - endedAt)} ms from the one division to the other`);
    const first = Math.min(...troupe.terms.filter(({ who }) => who > 'b').map(({ fromMs }) => fromMs));
    for (const { who, untilMs } of troupe.terms) assert.ok(who > 'b' || untilMs <= first);
  },

  'whatever stands in Leases by hand, every shard gets its owner': async (t) => {
    const troupe = new Troupe(t, 4, shortMs);
    const { name } = troupe;
    const most = 2 ** 31 - 1;
    const ghost = { holderIdentity: 'ghost', leaseDurationSeconds: 1 };
    await troupe.write(`${name}-shard-0`, {});
    await troupe.write(`${name}-shard-1`, { ...ghost, leaseTransitions: most });
    await troupe.write(`${name}-shard-2`, {
      holderIdentity: 'ghost',
      renewTime: '1970-01-01T00:00:00.000000Z',
    });
    await troupe.write(`${name}-shard-9`, { ...ghost, leaseDurationSeconds: most });
    await troupe.write(`${name}-replica-a`, { ...ghost, leaseDurationSeconds: most });
    await troupe.write(`${name}-replica-ghost`, ghost, { 'heliograph.dev/shards': 'many' });
    const a = await troupe.start('a');
    await troupe.share([[a, 4]]);
    // Given to somebody else: noticed with the next renewal at the latest.
    await troupe.write(`${name}-shard-3`, ghost);
    await until(() => a.log.some(({ event }) => event === 'shard lost'), 'it sees that it lost one');
    await troupe.share([[a, 4]]);
    troupe.check();
  },

  'a Lease that is deleted by hand stays with its owner': async (t) => {
    const troupe = new Troupe(t, 1);
    const a = await troupe.start('a');
    await troupe.share([[a, 1]]);
    const b = await troupe.start('b');
    await until(async () => (await troupe.leases()).length === 3, 'the other one is there');
    await troupe.remove(`${troupe.name}-shard-0`);
    await until(() => troupe.terms.length === 2, 'somebody has it again');
    assert.deepEqual([a.works(), b.works()], [[0], []]);
    t.diagnostic(`${Math.round(troupe.check())} ms without anybody`);
  },

  'a watch that has died unnoticed delays a take-over, and does no harm': async (t) => {
    const troupe = new Troupe(t, 2);
    const [a, b] = await Promise.all(['a', 'b'].map((identity) => troupe.start(identity)));
    assert.ok(a !== undefined && b !== undefined);
    await troupe.share([
      [a, 1],
      [b, 1],
    ]);
    let blackholed = 0;
    a.proxy.decide = ({ path }) => {
      if (!path.includes('watch=true') || blackholed > 0) return 'pass';
      blackholed += 1;
      return 'blackhole';
    };
    a.proxy.cutWatches('leases');
    await until(() => blackholed > 0, 'it watches in vain');
    await b.stop();
    await troupe.share([[a, 2]]);
    t.diagnostic(`${Math.round(troupe.check())} ms without anybody, of a Lease of ${longMs} ms`);
    assert.ok(!a.log.some(({ event }) => event === 'shard lost'), 'it keeps its own all the time');
  },

  'a write that is carried out without an answer leaves no shard behind': async (t) => {
    for (const action of ['lose', 'refuse', 'blackhole'] as const) {
      const troupe = new Troupe(t, 1);
      const a = await troupe.start('a');
      await troupe.share([[a, 1]]);
      const b = await troupe.start('b');
      await until(async () => (await troupe.leases()).length === 3, 'the other one is there');
      let met = 0;
      b.proxy.decide = (request) => {
        if (!isWriteOf(request, '-shard-0') || met > 0) return 'pass';
        met += 1;
        return action;
      };
      const endedAt = performance.now();
      await a.stop();
      await troupe.share([[b, 1]]);
      assert.equal(met, 1);
      t.diagnostic(`${action}: ${Math.round(performance.now() - endedAt)} ms`);
    }
  },

  'an API server that is slow costs nobody a shard': async (t) => {
    const troupe = new Troupe(t, 3);
    const a = await troupe.start('a');
    await troupe.share([[a, 3]]);
    a.proxy.decide = async () => {
      await sleep(longMs / 10);
      return 'pass' as const;
    };
    const renewals = () => a.proxy.requests.filter((request) => isWriteOf(request, '-shard-0')).length;
    const before = renewals();
    await until(() => renewals() >= before + 7, 'it goes on for more than its Lease');
    assert.equal(troupe.terms.length, 3);
  },

  'an API server that is away for long: all stop, and begin again': async (t) => {
    const troupe = new Troupe(t, 4, shortMs);
    const replicas = await Promise.all(['a', 'b'].map((identity) => troupe.start(identity)));
    const even = replicas.map((replica) => [replica, 2] as const);
    await troupe.share(even);
    for (const { proxy } of replicas) {
      proxy.decide = () => 'refuse';
      proxy.cutWatches('leases');
    }
    await troupe.share(replicas.map((replica) => [replica, 0] as const));
    for (const { proxy } of replicas) proxy.decide = () => 'pass';
    await troupe.share(even);
    troupe.check();
  },

  'it ends although the API server does not answer, and gives back what it can': async (t) => {
    const troupe = new Troupe(t, 2);
    const a = await troupe.start('a');
    await troupe.share([[a, 2]]);
    const b = await troupe.start('b');
    await troupe.share([
      [a, 1],
      [b, 1],
    ]);
    // What it is about to take hangs, while it ends.
    const other = `-shard-${b.works().join()}`;
    a.proxy.decide = (request) => (isWriteOf(request, other) ? 'blackhole' : 'pass');
    await b.stop();
    const hangs = () => a.proxy.requests.some((request) => isWriteOf(request, other));
    await until(hangs, 'it tries to take the other one');
    const c = await troupe.start('c');
    const endedAt = performance.now();
    await a.stop();
    t.diagnostic(`it ends in ${Math.round(performance.now() - endedAt)} ms`);
    await troupe.share([[c, 2]]);
    troupe.check();
  },
};

test(`shards in the namespace ${leaseNamespace}`, { concurrency: 4 }, async (t) => {
  await Promise.all(Object.entries(scenes).map(([name, play]) => t.test(name, play)));
});
