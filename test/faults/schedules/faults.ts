// What can happen to a request, drawn at random.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Interference, Step } from '../../support/interposer.ts';
import { pick } from '../../support/random.ts';

/** The operator, as far as faults concern it. Both resolve when it is over. */
export interface Victim {
  /** Ends it at once; another one starts. */
  kill: () => Promise<void>;
  pause: (ms: number) => Promise<void>;
}

/** To what is said. */
const disturbances = [
  'request dropped',
  'answer lost',
  'request delayed',
  'answer delayed',
  'answer never given',
  'sent twice',
  'answer truncated',
  'answer garbled',
] as const;

/** To who says it. */
const blows = [
  'operator killed before the request arrives',
  'operator killed before the answer',
  'operator killed after the answer',
  'operator paused before the answer',
] as const;

export type FaultName = (typeof disturbances | typeof blows)[number];

export const faultCount = disturbances.length + blows.length;

/** Of the faults: more of them, and no operator lives long enough to record anything. */
const blowShare = 0.15;

/**
 * A receiver has longer than that: whether an answer that comes at the very end of its time counts is only for the
 * operator to know. For those that come too late one never comes.
 */
const longestDelayMs = 1000;

const cut: Step = () => 'cut';

const after =
  (act: () => Promise<unknown>, verdict: 'cut' | 'go on'): Step =>
  async () => {
    await act();
    return verdict;
  };

/** @param share of the requests to which something happens */
export function drawFault(random: () => number, share: number): FaultName | undefined {
  // All are drawn in any case, so that what is drawn later does not depend on it.
  const [chance, blow, disturbance] = [random() / share, pick(random, blows), pick(random, disturbances)];
  if (chance >= 1) return undefined;
  return chance < blowShare ? blow : disturbance;
}

export function interferenceOf(name: FaultName, random: () => number, victim: Victim): Interference {
  const delayMs = random() * longestDelayMs;
  switch (name) {
    case 'request dropped':
      return { beforeForwarding: cut };
    case 'answer lost':
      return { beforeReplying: cut };
    case 'request delayed':
      return { beforeForwarding: after(() => sleep(delayMs), 'go on') };
    case 'answer delayed':
      return { beforeReplying: after(() => sleep(delayMs), 'go on') };
    case 'answer never given':
      return { beforeReplying: () => 'hush' };
    case 'sent twice':
      return { isDuplicated: true };
    case 'answer truncated':
      return { damage: 'truncated' };
    case 'answer garbled':
      return { damage: 'garbled' };
    case 'operator killed before the request arrives':
      return { beforeForwarding: after(victim.kill, 'cut') };
    case 'operator killed before the answer':
      return { beforeReplying: after(victim.kill, 'cut') };
    case 'operator killed after the answer':
      return { afterReplying: victim.kill };
    case 'operator paused before the answer':
      return { beforeReplying: after(() => victim.pause(delayMs), 'go on') };
  }
}
