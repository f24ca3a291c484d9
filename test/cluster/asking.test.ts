// Asking for more: a ping by annotation, a redelivery by label, each once for each value.
import assert from 'node:assert/strict';
import { pingAnnotation, redeliverLabel } from '../../src/api/group.ts';
import { objectPath } from '../../src/kube/paths.ts';
import { adminClient, analysisType, endpointType, getAnalysis, getEndpoint } from '../support/cluster.ts';
import { type Receipt, type Reply } from '../support/journal.ts';
import { kubectl } from '../support/kubectl.ts';
import { playRows, type Row } from '../support/rows.ts';
import { ledgerOf, type Scene, wholeStory } from '../support/scene.ts';
import { until } from '../support/until.ts';

const replies = new Map<string, (receipt: Receipt) => Reply>();

const rows: Readonly<Record<string, Row>> = {
  'a ping is sent once for each value, and acknowledged in status': async (scene, journal) => {
    const { namespace, endpoint } = scene;
    await endpoint('partner');
    const pings = () => journal.at(`/${namespace}/partner`);
    for (const [index, value] of ['first', 'second'].entries()) {
      await annotate(scene, value);
      await until(async () => (await statusOf(scene))?.lastHandledPing === value, `${value} is acknowledged`);
      assert.equal(pings().length, index + 1);
      // GitOps applies the same again.
      await annotate(scene, value);
    }
    const [first] = pings();
    assert.equal(first?.body.event_type, 'webhook.ping');
    assert.match(first?.id ?? '', /^[^.]+$/);
    const [newest] = (await statusOf(scene))?.recentDeliveries ?? [];
    assert.deepEqual([newest?.type, newest?.response.statusCode], ['webhook.ping', 200]);
    assert.equal(newest?.analysis, undefined);
    await annotate(scene, 'third');
    await until(
      async () => (await statusOf(scene))?.lastHandledPing === 'third',
      'the third is acknowledged',
    );
    assert.equal(pings().length, 3);
  },

  'a ping of a disabled endpoint waits until it is enabled': async (scene, journal) => {
    const { namespace, endpoint } = scene;
    await endpoint('partner', { enabled: false });
    await annotate(scene, 'hello');
    await until(async () => (await statusOf(scene))?.observedGeneration === 1, 'it is looked at');
    await endpoint('other');
    await annotate(scene, 'hello', 'other');
    await journal.until('the other ping', () => journal.at(`/${namespace}/other`).length === 1);
    assert.equal(journal.at(`/${namespace}/partner`).length, 0);
    await endpoint('partner');
    await journal.until('the ping', () => journal.at(`/${namespace}/partner`).length === 1);
  },

  'what failed is sent again under its old id, once for each value': async (scene, journal) => {
    const { namespace, endpoint, analysis, report, settled } = scene;
    replies.set(`/${namespace}/partner`, ({ sequence }) => (sequence === 11 ? 500 : 200));
    await endpoint('partner', { delivery: { maxAttempts: 1 } });
    const { metadata } = await analysis('run');
    await report('run', { phase: 'Failed' });
    assert.equal(stateOf(await settled('run'), 11), 'GivenUp');
    replies.delete(`/${namespace}/partner`);
    const before = journal.at(`/${namespace}/partner`).length;
    await label(scene, 'failed.1');
    await until(
      async () => ledgerOf(await getAnalysis(namespace, 'run'))?.lastHandledRedeliver === 'failed.1',
      'acknowledged',
    );
    const ended = await settled('run');
    assert.equal(stateOf(ended, 11), 'Delivered');
    const again = journal.at(`/${namespace}/partner`).slice(before);
    assert.deepEqual(
      again.map(({ id, attempt }) => [id, attempt]),
      [[`${metadata.uid}-11`, 1]],
    );
    assert.equal(again[0]?.text, journal.at(`/${namespace}/partner`)[before - 1]?.text);
    // The same value applied again, and another change of the object.
    await label(scene, 'failed.1');
    await label(scene, 'failed.1', { note: 'x' });
    await label(scene, 'all.2');
    await until(
      async () => ledgerOf(await getAnalysis(namespace, 'run'))?.lastHandledRedeliver === 'all.2',
      'acknowledged',
    );
    await settled('run');
    assert.deepEqual(
      journal
        .at(`/${namespace}/partner`)
        .slice(before + 1)
        .map(({ sequence }) => sequence),
      [1, 11],
    );
  },

  'one sequence of many is sent again, also while the analysis goes on': async (scene, journal) => {
    const { namespace, endpoint, analysis, report, settled, story } = scene;
    await endpoint('partner');
    await analysis('run');
    await report('run', { phase: 'Analyzing', percentage: 30 });
    await journal.until('the first events', () => journal.at(`/${namespace}/partner`).length === 4);
    await label(scene, '2.again');
    await journal.until('it comes again', () => journal.at(`/${namespace}/partner`).length === 5);
    await report('run', { phase: 'Success' });
    const ended = await settled('run');
    assert.deepEqual(story('partner', ended), [
      ...wholeStory.slice(0, 4),
      wholeStory[1],
      ...wholeStory.slice(4),
    ]);
  },

  'a label that asks for nothing is acknowledged, with an Event that says what to write': async (scene) => {
    const { namespace, endpoint, analysis, report, settled } = scene;
    await endpoint('partner');
    await analysis('run');
    await report('run', { phase: 'Failed' });
    await settled('run');
    await label(scene, 'everything');
    await until(
      async () => ledgerOf(await getAnalysis(namespace, 'run'))?.lastHandledRedeliver === 'everything',
      'it is acknowledged',
    );
    const describe = async () => (await kubectl(['describe', 'analysis', 'run', '-n', namespace])).stdout;
    await until(
      async () => /RedeliverInvalid.*failed\.X, all\.X or a sequence/.test(await describe()),
      'the Event',
    );
    assert.equal((await settled('run')).status.delivery?.state, 'Settled');
  },
};

playRows('asking for more', rows, { reply: (receipt) => replies.get(receipt.path)?.(receipt) ?? 200 });

async function annotate({ namespace }: Scene, value: string, name = 'partner'): Promise<void> {
  const metadata = { annotations: { [pingAnnotation]: value } };
  await adminClient().patchMerge(objectPath(endpointType, namespace, name), { metadata });
}

async function label({ namespace }: Scene, value: string, more: object = {}): Promise<void> {
  const metadata = { labels: { [redeliverLabel]: value, ...more } };
  await adminClient().patchMerge(objectPath(analysisType, namespace, 'run'), { metadata });
}

async function statusOf({ namespace }: Scene) {
  return (await getEndpoint(namespace, 'partner')).status;
}

function stateOf(analysis: Awaited<ReturnType<typeof getAnalysis>>, sequence: number) {
  return ledgerOf(analysis)?.endpoints[0]?.deliveries.find((one) => one.sequence === sequence)?.state;
}
