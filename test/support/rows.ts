// Plays many short tests at the same time, each in a namespace of its own, with one operator and one receiver for all.
import { test } from 'node:test';
import { newNamespace } from './cluster.ts';
import { sharedControlPlane } from './control-plane.ts';
import { type Journal, type Receipt, type Reply, startJournal } from './journal.ts';
import { type Operator, startOperator } from './operator.ts';
import { openScene, type Scene } from './scene.ts';

export type Row = (scene: Scene, journal: Journal, operator: Operator) => Promise<void>;

export interface RowsOptions {
  reply?: (receipt: Receipt) => Reply | Promise<Reply>;
  /** Of the operator. */
  flags?: readonly string[];
  /** Done in each namespace before its row. */
  prepare?: (scene: Scene) => Promise<unknown>;
}

/** By their titles. */
export function playRows(
  title: string,
  rows: Readonly<Record<string, Row>>,
  { reply, flags = [], prepare = async () => {} }: RowsOptions = {},
): void {
  test(title, { concurrency: true }, async (t) => {
    const journal = await startJournal(t, reply);
    const namespaces = await Promise.all(Object.keys(rows).map(() => newNamespace(t)));
    const { operatorKubeconfig: kubeconfig } = sharedControlPlane();
    const operator = await startOperator(t, { kubeconfig, namespaces, flags });
    await Promise.all(
      Object.entries(rows).map(([rowTitle, row], index) =>
        t.test(rowTitle, async (sub) => {
          const scene = await openScene(sub, journal, namespaces[index]);
          await prepare(scene);
          await row(scene, journal, operator);
        }),
      ),
    );
  });
}
