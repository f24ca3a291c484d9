// Replicas share the shards evenly, whoever comes and goes, and each decides for itself.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { nextStep, shardOf } from '../../../src/kube/share.ts';

// Two of the test vectors that the authors of FNV publish for 32 bits.
test('a namespace has the same shard for ever', () => {
  assert.equal(shardOf('a', 2 ** 32), 0xe40c292c);
  assert.equal(shardOf('foobar', 2 ** 32), 0xbf9cf968);
});

test('namespaces are spread over all shards', () => {
  const counts = Array.from({ length: 8 }, () => 0);
  for (let index = 0; index < 8000; index += 1) counts[shardOf(`team-${index}`, 8)]! += 1;
  assert.ok(Math.min(...counts) > 800 && Math.max(...counts) < 1200, counts.join(' '));
});

test('a single replica takes everything', () => {
  const world = new World(6, ['a']);
  world.settle();
  assert.deepEqual(world.shares(), { a: 6 });
});

test('a replica that comes gets its share, and no shard moves without need', () => {
  const world = new World(6, ['a', 'b']);
  world.settle();
  world.replicas.push('c');
  assert.equal(world.settle(), 4, 'two shards move: each is given and taken');
  assert.deepEqual(world.shares(), { a: 2, b: 2, c: 2 });
});

test('what is given up for one that comes is not taken back before it is there', () => {
  const world = new World(4, ['a', 'b']);
  world.settle();
  world.replicas.push('c');
  assert.ok(world.act('a'), 'a gives one');
  assert.ok(!world.act('a') && !world.act('b'), 'nobody takes it');
  assert.ok(world.act('c'));
  assert.deepEqual(world.shares(), { a: 1, b: 2, c: 1 });
});

test('there is no share for every replica where there are fewer shards', () => {
  const world = new World(1, ['a', 'b']);
  world.settle();
  assert.deepEqual(world.shares(), { a: 1, b: 0 });
  assert.equal(world.settle(), 0, 'and it does not go round');
});

test('whoever comes and goes, the division becomes even and stays so', () => {
  const names = ['a', 'b', 'c', 'd', 'e'];
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 12 }),
      fc.array(fc.subarray(names, { minLength: 1 }), { minLength: 1, maxLength: 6 }),
      fc.infiniteStream(fc.nat()),
      (count, generations, random) => {
        const world = new World(count, []);
        for (const replicas of generations) {
          world.replicas = replicas;
          assert.ok(world.settle(random) <= 2 * count, 'no shard moves twice');
          const shares = Object.values(world.shares());
          assert.ok(Math.max(...shares) - Math.min(...shares) <= 1, JSON.stringify(world.shares()));
          assert.equal(
            shares.reduce((sum, share) => sum + share, 0),
            count,
          );
        }
      },
    ),
  );
});

/** Replicas that all see the same, and take steps one after another in any order. */
class World {
  replicas: string[];
  readonly #owners: (string | undefined)[];

  constructor(count: number, replicas: string[]) {
    this.replicas = replicas;
    this.#owners = Array.from({ length: count }, () => undefined);
  }

  shares(): Record<string, number> {
    return Object.fromEntries(this.replicas.map((name) => [name, this.#held(name).length]));
  }

  /** Until nobody has a step to take; returns how many were taken. */
  settle(random: Iterator<number> = [][Symbol.iterator]()): number {
    for (let steps = 0; ; steps += 1) {
      assert.ok(steps < 500, 'it goes on for ever');
      const offset = random.next().value ?? 0;
      const order = this.replicas.map(
        (_, index) => this.replicas[(index + offset) % this.replicas.length] ?? '',
      );
      if (!order.some((name) => this.act(name))) return steps;
    }
  }

  act(identity: string): boolean {
    const step = nextStep({
      identity,
      held: this.#held(identity),
      free: [...this.#owners.keys()].filter((shard) => !this.replicas.includes(this.#owners[shard] ?? '')),
      unclaimed: [],
      replicas: new Map(this.replicas.map((name) => [name, this.#held(name).length])),
      count: this.#owners.length,
    });
    if (step === undefined) return false;
    this.#owners[step.shard] = step.kind === 'take' ? identity : undefined;
    return true;
  }

  #held(name: string): number[] {
    return [...this.#owners.keys()].filter((shard) => this.#owners[shard] === name);
  }
}
