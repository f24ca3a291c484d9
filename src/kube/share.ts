// Who of several replicas takes which shards. Pure: each replica decides for itself, from what all of them see.

/** Stable for ever: replicas of different versions must agree. FNV-1a, 32 bits. */
export function shardOf(namespace: string, count: number): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(namespace)) hash = Math.imul(hash ^ byte, 0x01000193);
  return (hash >>> 0) % count;
}

export interface Division {
  readonly identity: string;
  /** Ours. */
  readonly held: readonly number[];
  /** Held by nobody who is alive. */
  readonly free: readonly number[];
  /** Of these the ones that nobody has taken for a while. */
  readonly unclaimed: readonly number[];
  /** Every live replica, this one included → how many shards it holds. */
  readonly replicas: ReadonlyMap<string, number>;
  readonly count: number;
}

export type Step =
  | { readonly kind: 'take'; readonly shard: number }
  | { readonly kind: 'release'; readonly shard: number };

/** The next step to an even division; undefined where there is none for us. Moves no shard without need. */
export function nextStep(division: Division): Step | undefined {
  const { identity, held, free, unclaimed, replicas, count } = division;
  const least = Math.floor(count / replicas.size);
  const most = Math.ceil(count / replicas.size);
  const missing = [...replicas].reduce(
    (sum, [name, has]) => sum + (name === identity ? 0 : Math.max(0, least - has)),
    0,
  );
  // Whoever has less than all could have goes first, or a shard that was given up for it would be taken back. One that
  // has just come does not know of those who died before, though: it is given what others take in its place.
  const mayTake = held.length < least || (held.length < most && free.length > missing);
  const [shard] = mayTake ? free : unclaimed;
  if (shard !== undefined) return { kind: 'take', shard };
  const last = held.at(-1);
  if (last === undefined) return undefined;
  const mustRelease =
    held.length > most || (held.length > least && isOurTurn(division, least, missing - free.length));
  return mustRelease ? { kind: 'release', shard: last } : undefined;
}

/** So many are still missing, and those who have more than others give one each, in an order that all agree on. */
function isOurTurn({ identity, replicas }: Division, least: number, missing: number): boolean {
  const givers = [...replicas]
    .filter(([, held]) => held > least)
    .toSorted(([a, held], [b, other]) => other - held || (a < b ? -1 : 1));
  return givers.slice(0, Math.max(0, missing)).some(([name]) => name === identity);
}
