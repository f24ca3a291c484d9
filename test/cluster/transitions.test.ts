// What an Analysis may become: the rules that compare the new object with the old one.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { applyAnalysis, getAnalysis, newNamespace, patchStatus } from '../support/cluster.ts';
import { kubectl } from '../support/kubectl.ts';
import { refusal } from '../support/refusal.ts';
import { refusalOf } from './manifests/refusal.ts';
import { resultTransitions } from './manifests/result.ts';
import { fullSpec, specTransitions, specTransitionsOfFull } from './manifests/spec-transitions.ts';
import { type Transition, transitions } from './manifests/transitions.ts';

checkTable('an Analysis may become what the table says, and nothing else', transitions);
checkTable('a final result is fixed, and nothing else is', resultTransitions);
checkTable('the spec of an Analysis is fixed when it starts', specTransitions);
checkTable(
  'the spec of an Analysis that says everything is fixed when it starts',
  specTransitionsOfFull,
  fullSpec,
);

test('kubectl tells who opts in too late what to do', async (t) => {
  const namespace = await newNamespace(t);
  await applyAnalysis(namespace, 'a');
  await patchStatus(namespace, 'a', { phase: 'Analyzing' });

  const result = await kubectl([
    'patch',
    'analysis/a',
    `--namespace=${namespace}`,
    '--type=merge',
    '--patch={"spec":{"notifyViaWebhook":true}}',
  ]);

  assert.equal(result.code, 1);
  assert.equal(
    result.stderr,
    'The Analysis "a" is invalid: spec: Forbidden: must stay as it is once the analysis has started (status.phase has ' +
      'left Queued): set notifyViaWebhook and the rest before, or create a new Analysis\n',
  );
});

test('kubectl tells a worker that would start a finished analysis again what to do', async (t) => {
  const namespace = await newNamespace(t);
  await applyAnalysis(namespace, 'a');
  await patchStatus(namespace, 'a', { phase: 'Success', percentage: 100 });

  const result = await kubectl([
    'patch',
    'analysis/a',
    `--namespace=${namespace}`,
    '--subresource=status',
    '--type=merge',
    '--patch={"status":{"phase":"Queued","percentage":0}}',
  ]);

  assert.equal(result.code, 1);
  assert.deepEqual(refusal(result.stderr).split('\n'), [
    'The Analysis "a" is invalid: ',
    '* status.percentage: Invalid value: must stay as it is once the phase is Success or Failed',
    '* status.phase: Invalid value: "Queued": must stay as it is once it is Success or Failed: a new run is a new Analysis',
    '* status.phase: Invalid value: "Queued": must not return to Queued, or be removed, once the analysis has started: a new run is a new Analysis',
    '',
  ]);
});

test('kubectl tells a worker that comes with its result too late when to write it', async (t) => {
  const namespace = await newNamespace(t);
  await applyAnalysis(namespace, 'a');
  await patchStatus(namespace, 'a', { phase: 'Success' });

  const result = await kubectl([
    'patch',
    'analysis/a',
    `--namespace=${namespace}`,
    '--subresource=status',
    '--type=merge',
    '--patch={"status":{"result":{"jobResults":[]}}}',
  ]);

  assert.equal(result.code, 1);
  assert.equal(
    refusal(result.stderr),
    'The Analysis "a" is invalid: status.result: Invalid value: must stay as it is once the phase is Success or Failed: ' +
      'write it with or before the final phase\n',
  );
});

test('a status in a manifest changes nothing', async (t) => {
  const namespace = await newNamespace(t);
  const manifest = { apiVersion: 'heliograph.dev/v1alpha1', kind: 'Analysis', metadata: { name: 'a' } };
  const apply = (status: object) =>
    kubectl(['apply', `--namespace=${namespace}`, '-f', '-'], { input: { ...manifest, status } });

  assert.equal((await apply({ phase: 'Success', percentage: 100 })).code, 0);
  assert.deepEqual((await getAnalysis(namespace, 'a')).status, {});
  await patchStatus(namespace, 'a', { phase: 'Analyzing', percentage: 50 });
  assert.equal((await apply({ phase: 'Queued' })).code, 0);
  assert.deepEqual((await getAnalysis(namespace, 'a')).status, { phase: 'Analyzing', percentage: 50 });
});

function checkTable(title: string, rows: readonly Transition[], spec: object = {}): void {
  test(title, async (t) => {
    const namespace = await newNamespace(t);
    const results = await Promise.all(
      rows.map(async ([, before, edit], index) => {
        const name = `row-${index}`;
        await applyAnalysis(namespace, name, spec);
        for (const earlier of before) await earlier(namespace, name);
        return await refusalOf(edit(namespace, name));
      }),
    );
    for (const [index, [rowTitle, , , ...expected]] of rows.entries())
      await t.test(rowTitle, () => assert.equal(refusal(results[index] ?? ''), refusal(expected.join(', '))));
  });
}
