// The demo of each contract as a newcomer runs it: a process of its own, judged by what it prints and what it leaves.
// The usual one, ochy, has demo.test.ts.
import assert from 'node:assert/strict';
import { suite, type TestContext, test } from 'node:test';
import { type Demo, startDemo } from '../support/demo-process.ts';

const uuid = '01234567-89ab-cdef-0123-456789abcdef';

async function play(t: TestContext, contract: string): Promise<Demo> {
  const demo = startDemo(t, { parameters: ['--contract', contract] });
  assert.deepEqual(await demo.end, { code: 0, signal: null }, demo.stderr());
  assert.equal(demo.stderr(), '');
  demo.assertNothingLeft();
  return demo;
}

/** The JSON that a command of the last step has printed. */
function printed(demo: Demo, command: RegExp): unknown {
  const [, json = ''] = new RegExp(`${command.source}[^\\n]*\\n(.*?)\\n\\n`, 's').exec(demo.stdout()) ?? [];
  return JSON.parse(json);
}

function rates(status: string, ...percentages: readonly number[]): string[] {
  return percentages.map((percentage) => `analysis_completion_rate ${status} ${percentage} %`);
}

suite('contracts', { concurrency: 3 }, () => {
  test('omega: a success and a failure by its own names, and the response on record as its contract has it', async (t) => {
    const demo = await play(t, 'omega');
    assert.deepEqual(demo.deliveriesOf('good-video'), [
      'video.process_succeeded success 100 % for omega-cop-OyJrgi5-fx',
    ]);
    assert.deepEqual(demo.deliveriesOf('broken-video'), [
      'video.process_failed failed 42 % for omega-cop-OyJrgi5-fx',
    ]);
    const [newest] = printed(demo, /jsonpath-as-json=\{\.status\.recentDeliveries/) as [
      { type: string; response: object },
    ];
    assert.equal(newest.type, 'video.process_failed');
    assert.deepEqual(newest.response, {
      statusCode: 200,
      status: '200 OK',
      body: 'webhook received\n',
      message: 'webhook event with type video.process_failed succeeded',
    });
  });

  test('image-intelligence: one document at the end, again after a 500, and two attempts on record', async (t) => {
    const demo = await play(t, 'image-intelligence');
    assert.deepEqual(demo.deliveriesOf('5d689c71-e68f-46c3-ac71-4053806e71de'), [
      'answered 500, so that it comes again',
      'COMPLETED_SUCCESSFULLY 2 job results, 2 image results',
    ]);
    const [, document = ''] = /2 image results\n(.*?)\n\n/s.exec(demo.stdout()) ?? [];
    const { jobResults, imageResults, createdAt, webhookUrl, ...rest } = JSON.parse(document);
    assert.deepEqual(rest, {
      id: '5d689c71-e68f-46c3-ac71-4053806e71de',
      status: 'COMPLETED_SUCCESSFULLY',
      customId: '6c78df0a-67b6-4d5f-93cf-5820cfee501c',
      feedId: 'Camera_123456',
    });
    assert.deepEqual([jobResults.length, imageResults.length, typeof createdAt], [2, 2, 'number']);
    assert.match(webhookUrl, /\/webhooks\/image-intelligence$/);
    const [{ name, deliveries }] = printed(demo, /jsonpath-as-json=\{\.status\.delivery/) as [
      { name: string; deliveries: { attempts: number; statusCode: number; state: string }[] },
    ];
    assert.equal(name, 'spec.webhookUrl');
    assert.deepEqual(
      deliveries.map(({ attempts, statusCode, state }) => [attempts, statusCode, state]),
      [[2, 200, 'Delivered']],
    );
  });

  test('smart11: running, aggregating and done, and an error', async (t) => {
    const demo = await play(t, 'smart11');
    assert.deepEqual(demo.deliveriesOf(uuid), [
      ...rates('running', 0, 10, 20, 30, 40),
      ...rates('aggregating', 50, 60, 70, 80, 90),
      'analysis_done done 100 %',
    ]);
    assert.deepEqual(demo.deliveriesOf('01234567-89ab-cdef-0123-456789abcdf0'), [
      ...rates('running', 0, 10, 20),
      'analysis_done error 25 %',
    ]);
    assert.match(demo.stdout(), /Z {2}analysis_done {2}second-half {2}200 OK\n/);
  });
});
