// Analyses whose deliveries take seconds, while something happens to the operator.
import assert from 'node:assert/strict';
import type { Analysis } from '../../src/api/analysis.ts';
import { applyAnalysis, applyEndpoint, getAnalysis, patchStatus } from '../support/cluster.ts';
import { checkInvariants } from '../support/model.ts';
import { everyStep, ledgerOf } from '../support/scene.ts';
import { until } from '../support/until.ts';
import { deployReceiver } from './receiver.ts';

const endpoint = 'partner';
const count = 10;
/** So that all of it takes longer than an operator to go. */
const answerAfterMs = 500;

/**
 * Lets the operator go when some deliveries are over and most are not, and workers go on reporting meanwhile. Then
 * checks that nothing was lost, renumbered or reordered. Returns how many requests came again.
 *
 * @param removeOperator resolves when its pod is gone
 */
export async function whileInFlight(
  namespace: string,
  removeOperator: () => Promise<unknown>,
): Promise<number> {
  const receiver = await deployReceiver(namespace, 'receiver', answerAfterMs);
  await applyEndpoint(namespace, endpoint, { url: receiver.url(`/${endpoint}`) });
  const names = Array.from({ length: count }, (_, index) => `run-${index}`);
  for (const name of names) await applyAnalysis(namespace, name, { notifyViaWebhook: true });
  const report = (statuses: readonly object[]) =>
    Promise.all(names.map((name) => reportInOrder(namespace, name, statuses)));

  await report(everyStep.slice(0, 6));
  await until(async () => (await receiver.receipts()).length > 0, 'the first delivery is over');
  await Promise.all([removeOperator(), report(everyStep.slice(6))]);
  for (const name of names) {
    const state = ledgerOf(await getAnalysis(namespace, name))?.state;
    assert.notEqual(state, 'Settled', `${name} is left to the next operator`);
  }

  const analyses = await Promise.all(names.map((name) => settled(namespace, name)));
  const receipts = await receiver.receipts();
  checkInvariants(analyses, receipts);
  const events = new Set(receipts.map(({ id }) => id)).size;
  assert.equal(events, names.length * everyStep.length);
  return receipts.length - events;
}

async function reportInOrder(namespace: string, name: string, statuses: readonly object[]): Promise<void> {
  for (const status of statuses) await patchStatus(namespace, name, status);
}

/** The Analysis once everything about it is delivered or given up. */
export async function settled(namespace: string, name: string): Promise<Analysis> {
  const isSettled = async () => ledgerOf(await getAnalysis(namespace, name))?.state === 'Settled';
  await until(isSettled, `${name} is settled`, 120_000);
  return await getAnalysis(namespace, name);
}
