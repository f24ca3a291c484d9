// What the contract says of its notifications: which there are, how they look, and when they are sent.
import assert from 'node:assert/strict';
import { applyAnalysis } from '../../../support/cluster.ts';
import { wholeStory } from '../../../support/scene.ts';
import type { Row, Stage } from '../contract.ts';

export interface RateBody {
  event: string;
  analysis_id: string;
  status: string;
  completion_rate: number;
}

const id = '01234567-89ab-cdef-0123-456789abcdef';
const done = ['analysis.completed', 'analysis.failed'];
const progress = ['analysis.started', 'analysis.progress'];

export const notifications: Readonly<Record<string, Row<RateBody>>> = {
  'webhooks tell when events occur, such as when an analysis completes, and no analysis has to opt in':
    async (stage) => {
      const { namespace, endpoint, report, settled, received } = stage;
      await endpoint('user');
      await applyAnalysis(namespace, 'run');
      await report('run', { phase: 'Success' });
      await settled('run');
      assert.equal(received('user').length, wholeStory.length);
      assert.equal(received('user').at(-1)?.body.event, 'analysis_done');
    },

  'you can enable or disable each notification type independently': async (stage) => {
    const { endpoint, received } = stage;
    await endpoint('both');
    await endpoint('done', { events: done });
    await endpoint('progress', { events: progress });
    await runToEnd(stage, { phase: 'Success' });
    const told = (name: string) => [...new Set(received(name).map(({ body }) => body.event))];
    assert.deepEqual(told('both'), ['analysis_completion_rate', 'analysis_done']);
    assert.deepEqual(told('done'), ['analysis_done']);
    assert.deepEqual(told('progress'), ['analysis_completion_rate']);
  },

  'analysis_done is sent when an analysis has completed processing, as the example shows': async (stage) => {
    await stage.endpoint('user', { events: done });
    await runToEnd(stage, { phase: 'Analyzing', percentage: 99 }, { phase: 'Success', percentage: 100 });
    assert.deepEqual(texts(stage), [
      `{"event":"analysis_done","analysis_id":"${id}","status":"done","completion_rate":100}`,
    ]);
  },

  'the final status is done or error, and completion_rate is 100 when done': async (stage) => {
    await stage.endpoint('user', { events: done });
    await runToEnd(stage, { phase: 'Analyzing', percentage: 45 }, { phase: 'Failed' });
    assert.deepEqual(texts(stage), [
      `{"event":"analysis_done","analysis_id":"${id}","status":"error","completion_rate":45}`,
    ]);
  },

  'analysis_completion_rate is sent periodically during processing, as the example shows': async (stage) => {
    await stage.endpoint('user', { events: progress });
    await runToEnd(stage, { phase: 'Analyzing', percentage: 45 }, { percentage: 60 }, { phase: 'Failed' });
    // Periodically is at each milestone: 45 % is told as the 40 % that are certain.
    const rates = [0, 10, 20, 30, 40, 50, 60];
    assert.deepEqual(
      texts(stage),
      rates.map(
        (rate) =>
          `{"event":"analysis_completion_rate","analysis_id":"${id}","status":"running","completion_rate":${rate}}`,
      ),
    );
  },

  'the current status is running or aggregating': async (stage) => {
    const { endpoint, analysis, report, settled, received, journal } = stage;
    await endpoint('user', { events: progress });
    await analysis('run', { analysisId: id });
    await report('run', { phase: 'Analyzing', percentage: 80 });
    await journal.until('what was running', () => received('user').length === 9);
    await report('run', { phase: 'Aggregating', percentage: 90 });
    await journal.until('what was aggregating', () => received('user').length === 10);
    await report('run', { phase: 'Success' });
    await settled('run');
    assert.deepEqual(
      received('user').map(({ body }) => body.status),
      [...Array(9).fill('running'), 'aggregating'],
    );
  },

  'completion_rate is an integer from 0 to 100, and never goes back': async (stage) => {
    await stage.endpoint('user');
    const steps = [33, 12, 78].map((percentage) => ({ percentage }));
    await runToEnd(stage, { phase: 'Analyzing' }, ...steps, { phase: 'Success', percentage: 100 });
    assert.deepEqual(
      stage.received('user').map(({ body }) => body.completion_rate),
      [0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100],
    );
  },
};

/** An analysis under the id of the document's examples. */
async function runToEnd(
  { analysis, report, settled }: Stage<RateBody>,
  ...statuses: readonly object[]
): Promise<void> {
  await analysis('run', { analysisId: id });
  await report('run', ...statuses);
  await settled('run');
}

const texts = ({ received }: Stage<RateBody>) => received('user').map(({ text }) => text);
