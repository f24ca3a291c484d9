// The one JSON Patch by which a ledger is written. It tests our own revision and epoch, so a worker patching
// the same object in a loop costs no conflict, and another replica's write makes ours fail.
import type { Condition } from '../api/fields.ts';
import type { Ledger } from '../api/ledger.ts';
import { fitLedger } from './fit.ts';

export type PatchOperation =
  | { readonly op: 'test'; readonly path: string; readonly value: unknown }
  | { readonly op: 'add' | 'replace'; readonly path: string; readonly value: unknown };

export interface LedgerWrite {
  readonly uid: string;
  /** The ledger as last committed or read; `undefined` where there is none yet. */
  readonly stored: Ledger | undefined;
  /** What to write, as of `nextRevision`. */
  readonly ledger: Ledger;
  /** The conditions as last read. */
  readonly storedConditions: readonly Condition[] | undefined;
  /** Conditions to set, changed or not. */
  readonly conditions: readonly Condition[];
}

/**
 * The ledger as it is written: under the revision that follows the stored one, and not too large. The first write of a
 * new owner begins the next epoch, so that no write of the last one succeeds any more.
 */
export function nextRevision(stored: Ledger | undefined, ledger: Ledger, owner: string): Ledger {
  const revision = (stored?.revision ?? 0) + 1;
  const epoch = (stored?.epoch ?? 0) + (stored?.owner === owner ? 0 : 1);
  return { ...fitLedger(ledger), revision, epoch, owner };
}

export function ledgerPatch({
  uid,
  stored,
  ledger,
  storedConditions,
  conditions,
}: LedgerWrite): PatchOperation[] {
  const tests: PatchOperation[] =
    stored === undefined
      ? [
          { op: 'test', path: '/metadata/uid', value: uid },
          // The uid alone let a second replica replace the first one's subscription.
          { op: 'test', path: '/status/delivery', value: null },
        ]
      : [
          { op: 'test', path: '/metadata/uid', value: uid },
          { op: 'test', path: '/status/delivery/revision', value: stored.revision },
          { op: 'test', path: '/status/delivery/epoch', value: stored.epoch },
        ];
  return [
    ...tests,
    { op: 'add', path: '/status/delivery', value: ledger },
    ...conditionOperations(storedConditions, conditions),
  ];
}

function conditionOperations(
  stored: readonly Condition[] | undefined,
  conditions: readonly Condition[],
): PatchOperation[] {
  if (conditions.length === 0) return [];
  if (stored === undefined) {
    return [
      { op: 'test', path: '/status/conditions', value: null },
      { op: 'add', path: '/status/conditions', value: conditions },
    ];
  }
  return conditions.flatMap((condition): PatchOperation[] => {
    const index = stored.findIndex(({ type }) => type === condition.type);
    if (index === -1) return [{ op: 'add', path: '/status/conditions/-', value: condition }];
    if (stored[index] === condition) return [];
    return [
      { op: 'test', path: `/status/conditions/${index}/type`, value: condition.type },
      { op: 'replace', path: `/status/conditions/${index}`, value: condition },
    ];
  });
}
