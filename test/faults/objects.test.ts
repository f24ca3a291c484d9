// What deliveries are about, or refer to, goes away in the middle of them and comes back.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Webhook } from 'standardwebhooks';
import { adminClient, getAnalysis, getEndpoint, newNamespace } from '../support/cluster.ts';
import { sharedControlPlane } from '../support/control-plane.ts';
import { History } from '../support/history.ts';
import { type Receipt, startJournal } from '../support/journal.ts';
import { checkInvariants } from '../support/model.ts';
import { startOperator } from '../support/operator.ts';
import { conditionOf, everyStep, openScene, wholeStory } from '../support/scene.ts';
import { applySecret, newSigningSecret } from '../support/secrets.ts';
import { until } from '../support/until.ts';

const quick = { initialBackoffSeconds: 1, maxBackoffSeconds: 1 };

test('an analysis deleted and recreated in mid-delivery is another one, and nothing more is sent of the first', async (t) => {
  const namespace = await newNamespace(t);
  let status = 503;
  const journal = await startJournal(t, () => status);
  const scene = await openScene(t, journal, namespace);
  const history = await History.follow(t, namespace);
  await scene.endpoint('partner', { delivery: quick });
  const { operatorKubeconfig: kubeconfig } = sharedControlPlane();
  await startOperator(t, { kubeconfig, namespaces: [namespace] });
  const first = await scene.analysis('run');
  await scene.report('run', ...everyStep.slice(0, 6));
  await journal.until('its events are owed, and tried', () => journal.receipts.length >= 2);

  await scene.drop('run');
  const second = await scene.analysis('run');
  assert.notEqual(second.metadata.uid, first.metadata.uid);
  status = 200;
  await scene.report('run', ...everyStep);
  const ended = await scene.settled('run');
  assert.equal(ended.metadata.uid, second.metadata.uid);
  assert.deepEqual(scene.story('partner', ended), wholeStory);
  assert.equal(checkInvariants([ended], scene.receipts(), { history, crashes: 0 }), 0);
});

test('a Secret removed in mid-delivery holds what is owed, and nothing is sent without it', async (t) => {
  const namespace = await newNamespace(t);
  const [before, after] = [newSigningSecret(), newSigningSecret()];
  let accepted = before;
  // It knows one key only, so the operator must look for another one.
  const journal = await startJournal(t, (receipt) => (isSigned(receipt, accepted) ? 200 : 401));
  const scene = await openScene(t, journal, namespace);
  await applySecret(namespace, 'signing', { key: before });
  const signing = { secretRefs: [{ name: 'signing', key: 'key' }] };
  await scene.endpoint('partner', { signing, delivery: quick });
  const { operatorKubeconfig: kubeconfig } = sharedControlPlane();
  await startOperator(t, { kubeconfig, namespaces: [namespace] });
  await scene.analysis('run');
  await scene.report('run', ...everyStep.slice(0, 6));
  await journal.until('half of it is told', () => journal.receipts.length === 6);

  accepted = after;
  const path = `/api/v1/namespaces/${namespace}/secrets/signing`;
  await adminClient().request({ method: 'DELETE', path });
  await scene.report('run', { percentage: 60 });
  const ready = async () => conditionOf(await getEndpoint(namespace, 'partner'), 'Ready')?.reason;
  await until(async () => (await ready()) === 'SecretNotFound', 'the endpoint says what is missing');
  const sent = journal.receipts.length;
  await scene.report('run', ...everyStep.slice(7));
  const reached = async () => (await getAnalysis(namespace, 'run')).status.delivery?.lastSequence;
  await until(async () => (await reached()) === 11, 'the rest is owed');
  assert.equal(journal.receipts.length, sent, 'nothing is sent meanwhile');

  await applySecret(namespace, 'signing', { key: after });
  const ended = await scene.settled('run', 120_000);
  assert.deepEqual([...new Set(scene.story('partner', ended))], wholeStory);
  for (const receipt of journal.receipts)
    assert.ok(isSigned(receipt, before) || isSigned(receipt, after), `${receipt.id} is signed`);
});

function isSigned({ text, headers }: Receipt, secret: string): boolean {
  try {
    new Webhook(secret).verify(text, headers as Record<string, string>);
    return true;
  } catch {
    return false;
  }
}
