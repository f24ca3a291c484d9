// What a process knows only from the record of the one before it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { getAnalysis } from '../support/cluster.ts';
import { sharedControlPlane } from '../support/control-plane.ts';
import { startJournal } from '../support/journal.ts';
import { startOperator } from '../support/operator.ts';
import { everyStep, ledgerOf, openScene, wholeStory } from '../support/scene.ts';
import { until } from '../support/until.ts';

const { operatorKubeconfig: kubeconfig } = sharedControlPlane();

test('I2: after a kill -9 ids and numbers go on where the record ends', async (t) => {
  const journal = await startJournal(t);
  const scene = await openScene(t, journal);
  const options = { kubeconfig, namespaces: [scene.namespace] };
  await scene.endpoint('partner');
  const { metadata } = await scene.analysis('run');
  const operator = await startOperator(t, options);
  await scene.report('run', ...everyStep.slice(0, 6));
  const recorded = async () => ledgerOf(await getAnalysis(scene.namespace, 'run'))?.endpoints[0]?.deliveries;
  const isRecorded = async () =>
    (await recorded())?.filter(({ state }) => state === 'Delivered').length === 6;
  await until(isRecorded, 'the first half is on record');
  await operator.kill('SIGKILL');
  await startOperator(t, options);
  await scene.report('run', ...everyStep.slice(6));
  const ended = await scene.settled('run');
  assert.deepEqual(scene.story('partner', ended), wholeStory);
  assert.deepEqual(
    journal.receipts.map(({ id }) => id),
    wholeStory.map((_, index) => `${metadata.uid}-${index + 1}`),
  );
});

test('I1: what was under way at a kill -9 is sent again, whatever was recorded meanwhile', async (t) => {
  let isFirst = true;
  const journal = await startJournal(t, () => {
    const reply = isFirst ? 'hang' : 200;
    isFirst = false;
    return reply;
  });
  const scene = await openScene(t, journal);
  const options = { kubeconfig, namespaces: [scene.namespace] };
  await scene.endpoint('partner');
  await scene.analysis('run');
  const operator = await startOperator(t, options);
  await scene.report('run', { phase: 'Analyzing' });
  await journal.until('the attempt', () => journal.receipts.length === 1);
  await scene.report('run', { percentage: 10 });
  const recorded = async () => ledgerOf(await getAnalysis(scene.namespace, 'run'))?.lastSequence;
  await until(async () => (await recorded()) === 2, 'a record is made');
  await operator.kill('SIGKILL');
  await startOperator(t, options);
  await scene.report('run', { phase: 'Success' });
  const [first = '', ...others] = wholeStory;
  assert.deepEqual(scene.story('partner', await scene.settled('run')), [first, first, ...others]);
});

test('I7: a process that starts sends nothing of what is settled', async (t) => {
  const scene = await openScene(t, await startJournal(t));
  const options = { kubeconfig, namespaces: [scene.namespace] };
  const play = async (name: string) => {
    await scene.analysis(name);
    await scene.report(name, { phase: 'Success' });
    return await scene.settled(name);
  };
  await scene.endpoint('partner');
  const operator = await startOperator(t, options);
  const past = await play('past');
  assert.equal(await operator.kill('SIGTERM'), 0);
  await startOperator(t, options);
  // By then it has seen all that there was at its start.
  const next = await play('next');
  for (const analysis of [past, next]) assert.deepEqual(scene.story('partner', analysis), wholeStory);
});
