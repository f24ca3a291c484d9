// Bugs in what the operator makes of the watches: who is subscribed, what is over, when to begin anew.
import type { Mutant } from '../mutant.ts';

export const watches: readonly Mutant[] = [
  {
    name: 'subscribed-from-cache',
    breaks: 'I13: who is told is decided from the cache, which may be late',
    edits: [
      {
        file: 'controllers/endpoints.ts',
        from: `    const listed = await this.#lists.get(namespace);
    return listed.flatMap(`,
        to: `    const listed = [...this.store.values()].filter(({ metadata }) => metadata.namespace === namespace);
    return listed.flatMap(`,
      },
    ],
    caughtBy: {
      file: 'test/cluster/subscription.test.ts',
      path: ['I13: an endpoint that was there at the start is told although the endpoint watch is cut'],
    },
  },
  {
    name: 'expired-is-final',
    breaks: 'delivery: a watch that has expired is never opened again',
    edits: [
      {
        file: 'kube/reflector.ts',
        from: 'if (signal.aborted) return;',
        to: 'if (signal.aborted || isExpired(error)) return;',
      },
    ],
    caughtBy: {
      file: 'test/cluster/expired.test.ts',
      path: ['after its watches have expired the operator goes on'],
    },
  },
  {
    name: 'settled-sent-by-next-process',
    breaks: 'I7: a new process takes in settled analyses, and goes by its own memory of what it has sent',
    edits: [
      {
        file: 'main.ts',
        from: `query: { fieldSelector: 'status.delivery.state!=Settled' },`,
        to: '',
      },
      {
        file: 'controllers/analysis-controller.ts',
        from: 'else if (known !== undefined || !isAtRest(analysis))',
        to: "else if (known !== undefined || !isAtRest(analysis) || analysis.status.delivery?.state === 'Settled')",
      },
      {
        file: 'controllers/ledger-copy.ts',
        from: `    this.#working = joinLedgers(stored, ours ?? this.#working);
    this.#stored`,
        to: `    this.#working = joinLedgers(stored, ours ?? this.#working);
    if (this.#stored === undefined)
      this.#working = redeliver({ ...this.#working, state: 'Active' }, 'all.again');
    this.#working = { ...this.#working, lastHandledRedeliver: stored.lastHandledRedeliver };
    this.#stored`,
      },
    ],
    caughtBy: {
      file: 'test/cluster/restart.test.ts',
      path: ['I7: a process that starts sends nothing of what is settled'],
    },
  },
  {
    name: 'settled-forgotten-at-once',
    breaks: 'I7: an analysis is forgotten when it is settled, though the watch has older news of it to come',
    edits: [
      {
        file: 'controllers/tracker.ts',
        from: 'if (this.#hasLeft || !this.#isWatched) return true;',
        to: 'if (this.#isWatched || !this.#isWatched) return true;',
      },
    ],
    caughtBy: {
      file: 'test/cluster/late-watches.test.ts',
      path: ['a watch that is late makes nothing of what is settled be sent again'],
    },
  },
  {
    name: 'at-rest-before-it-is-shown',
    breaks:
      'delivery: an analysis with nothing to do is forgotten, though the watch has older news of it to come',
    edits: [
      {
        file: 'controllers/tracker.ts',
        from: 'this.#shown === this.#analysis.metadata.resourceVersion &&',
        to: 'this.#shown !== undefined &&',
      },
    ],
    caughtBy: {
      file: 'test/cluster/late-watches.test.ts',
      path: ['a watch that is late makes nothing of what is at rest be sent again'],
    },
  },
  {
    name: 'older-answer-counts',
    breaks:
      'delivery: what is read after a lost answer replaces newer news of the watch, and a redelivery with it',
    edits: [
      {
        file: 'controllers/tracker.ts',
        from: '      this.#hasNews &&',
        to: '      this.#isRefused &&',
      },
    ],
    caughtBy: {
      file: 'test/cluster/late-answers.test.ts',
      path: ['a redelivery that is asked for meanwhile is carried out'],
    },
  },
];
