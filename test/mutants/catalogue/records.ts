// Bugs in the ledger: when it is written, by whom, and what is made of an answer that did not come.
import type { Mutant } from '../mutant.ts';

const crash = 'test/cluster/crash.test.ts';
const late = 'test/cluster/late-writes.test.ts';

export const records: readonly Mutant[] = [
  {
    name: 'recorded-before-answered',
    breaks: 'I1: a record says of what is under way that it is delivered',
    edits: [
      {
        file: 'controllers/ledger-copy.ts',
        from: `  readonly #owner: string;
`,
        to: `  readonly #owner: string;
  readonly underWay = new Set<string>();
`,
      },
      {
        file: 'controllers/attempt.ts',
        from: `    if (event === undefined) return;
`,
        to: `    if (event === undefined) return;
    ledger.underWay.add([endpoint.metadata.uid, sequence, attempts].join());
    ledger.change((working) => ({ ...working }));
`,
      },
      {
        file: 'controllers/tracker.ts',
        from: `          this.#dirtyAt = undefined;
          return this.#ledger.working;`,
        to: `          this.#dirtyAt = undefined;
          const { working, underWay } = this.#ledger;
          const endpoints = working.endpoints.map((endpoint) => ({
            ...endpoint,
            deliveries: endpoint.deliveries.map((one) =>
              one.state === 'Owed' && underWay.has([endpoint.uid, one.sequence, one.attempts].join())
                ? { ...one, state: 'Delivered', attempts: one.attempts + 1 }
                : one,
            ),
          }));
          return { ...working, endpoints };`,
      },
    ],
    caughtBy: {
      file: 'test/cluster/restart.test.ts',
      path: ['I1: what was under way at a kill -9 is sent again, whatever was recorded meanwhile'],
    },
  },
  {
    name: 'sent-before-subscribed',
    breaks: 'I4: events are sent while the subscription is being committed',
    edits: [
      {
        file: 'controllers/tracker.ts',
        from: `    const decision = decideSubscription(analysis, current);
`,
        to: `    const decision = decideSubscription(analysis, current);
    this.#ledger.change(() => this.#ledger.opening(decision.subscriptions));
    this.#deliverer.serve();
`,
      },
    ],
    caughtBy: {
      file: crash,
      path: ['the subscription is committed before the first POST, also where the answer to it is lost'],
    },
  },
  {
    name: 'unknown-is-written',
    breaks: 'I4: a write without an answer is taken as carried out',
    edits: [
      {
        file: 'controllers/ledger-writer.ts',
        from: `    } catch (error) {
      return await this.#afterFailure(commit, error);`,
        to: `    } catch (error) {
      const delivery = nextRevision(commit.stored, written, this.#owner);
      if (isUnknownOutcome(error))
        return { kind: 'committed', written, analysis: { metadata, spec: commit.analysis.spec, status: { ...status, delivery } } };
      return await this.#afterFailure(commit, error);`,
      },
    ],
    caughtBy: {
      file: crash,
      path: ['the subscription is committed before the first POST, also where the answer to it is lost'],
    },
  },
  {
    name: 'no-fence',
    breaks:
      'I6: a record does not test what another replica has written since, and only rules of the CRD refuse it',
    edits: [
      {
        file: 'events/patch.ts',
        from: `
          { op: 'test', path: '/status/delivery/revision', value: stored.revision },
          { op: 'test', path: '/status/delivery/epoch', value: stored.epoch },`,
        to: '',
      },
    ],
    caughtBy: {
      file: late,
      path: ['a record that comes late changes nothing that another replica has written'],
    },
  },
  {
    name: 'first-write-of-uid-only',
    breaks: 'I6: the subscription of a second replica replaces that of the first',
    edits: [
      {
        file: 'events/patch.ts',
        from: `
          { op: 'test', path: '/status/delivery', value: null },`,
        to: '',
      },
    ],
    caughtBy: { file: late, path: ['a subscription that comes late does not replace the one that is there'] },
  },
  {
    name: 'same-epoch',
    breaks: 'I6: a new owner goes on in the epoch of the last one',
    edits: [
      {
        file: 'events/patch.ts',
        from: '(stored?.epoch ?? 0) + (stored?.owner === owner ? 0 : 1)',
        to: 'stored?.epoch ?? 1',
      },
    ],
    caughtBy: {
      file: late,
      path: ['a record that comes late changes nothing that another replica has written'],
    },
  },
  {
    name: 'not-recorded-at-end',
    breaks: 'I5: what was answered just before SIGTERM does not get on record',
    edits: [
      {
        file: 'controllers/tracker.ts',
        from: 'if (this.#hasEnded || !this.#ledger.isDirty) return;',
        to: 'if (!this.#isDeleted) return;',
      },
    ],
    caughtBy: {
      file: crash,
      path: ['SIGTERM under load: what was answered is on record, and nothing comes twice'],
    },
  },
];
