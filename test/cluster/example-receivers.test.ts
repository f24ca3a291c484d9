// The receivers of the examples: what they refuse, and what they take for a duplicate or for out of order.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { suite, type TestContext, test } from 'node:test';
import { pingBody } from '../../src/events/body.ts';
import { exampleSecret, signed, spawnReceiver, startExample } from '../support/example-receiver.ts';

const milestone = (sequence: number, analysis = 'one') => ({
  analysis_id: analysis,
  event_type: 'analysis.progress',
  status: 'analyzing',
  percentage: 50,
  sequence,
  timestamp: '2026-11-24T22:14:56.076Z',
});

const envelope = (id: string, sequence: number) => ({
  id,
  coid: 'omega-cop',
  api_version: 'v1',
  created: 1_661_971_592,
  type: 'video.process_failed',
  data: { analysis_id: 'one', status: 'failed', percentage: 50, sequence },
  endpoint_id: '6307b4d6570090479813a762',
});

const uuid = '01234567-89ab-cdef-0123-456789abcdef';
const rate = (status: string, completion_rate: number, analysis = uuid) => ({
  event: ['done', 'error'].includes(status) ? 'analysis_done' : 'analysis_completion_rate',
  analysis_id: analysis,
  status,
  completion_rate,
});

/** The examples that are signed, an event of each, and what the receiver says of it. */
const signedExamples = [
  { folder: 'examples/milestone/', format: 'Milestone', event: milestone(6), line: /^one 6 analysis/ },
  { folder: 'examples/envelope/', format: 'Envelope', event: envelope('a', 11), line: /^one video\./ },
  {
    folder: 'examples/completion-rate/',
    format: 'CompletionRate',
    event: rate('running', 45),
    line: /^0123/,
  },
] as const;

/** Posts events, each with an id, under valid signatures. */
async function startSigned(t: TestContext, folder: string) {
  const secret = exampleSecret(folder);
  const receiver = await startExample(t, folder, { secret });
  const send = async (id: string, event: object) => {
    const body = JSON.stringify(event);
    const [status, line] = await receiver.post(body, signed(secret, id, body));
    assert.equal(status, 200);
    return line;
  };
  return { ...receiver, secret, send };
}

suite('receivers', { concurrency: 2 }, () => {
  for (const { folder, format, event, line } of signedExamples) {
    test(`${folder} refuses with 401 what is unsigned, changed, signed by others, or five minutes off`, async (t) => {
      const { post, secret } = await startSigned(t, folder);
      const body = JSON.stringify(event);
      const right = signed(secret, 'a', body);
      const other = signed('whsec_b3RoZXI6IGFuIGV4YW1wbGU7IHJlcGxhY2UgdGhpcyE=', 'a', body);
      const wrong = [401, 'refused with 401: its signature is wrong'];
      assert.deepEqual(await post(body), [401, 'refused with 401: it is not signed']);
      assert.deepEqual(await post(body, other), wrong);
      assert.deepEqual(await post(`${body} `, right), wrong);
      assert.deepEqual(await post(body, { ...right, 'webhook-id': 'b' }), wrong);
      assert.deepEqual(await post(body, { ...right, 'webhook-signature': 'v1,' }), wrong);
      // Far enough beyond 300 s that a slow machine changes nothing.
      for (const offSeconds of [-330, 330]) {
        const at = new Date(Date.now() + offSeconds * 1000);
        const answer = await post(body, signed(secret, 'a', body, at));
        assert.deepEqual(answer, [401, 'refused with 401: its timestamp is more than 5 minutes away']);
      }
      const both = `${other['webhook-signature']} ${right['webhook-signature']}`;
      const [status, said] = await post(body, { ...right, 'webhook-signature': both });
      assert.equal(status, 200);
      assert.match(said, line);
      assert.doesNotMatch(said, /ignore/);
    });

    test(`${folder} acknowledges a ping, and refuses with 400 what is no event`, async (t) => {
      const { post, send, secret, url } = await startSigned(t, folder);
      const endpoint = {
        uid: 'u',
        namespace: 'default',
        name: 'e',
        spec: { format, eventTypeNames: undefined },
      };
      const time = '2026-11-24T22:14:56.076Z';
      const ping = pingBody({ endpoint, url, value: '1', time }).text;
      assert.match(await send('ping', JSON.parse(ping)), /^(- )?webhook\.ping/);
      for (const body of ['{"analysis_id":1}', 'null', '{'])
        assert.deepEqual(await post(body, signed(secret, 'x', body)), [
          400,
          'refused with 400: it is no event',
        ]);
      assert.equal((await fetch(url)).status, 400);
    });
  }

  test('examples/milestone/ tells a duplicate and an older event by id and sequence', async (t) => {
    const { send, end } = await startSigned(t, 'examples/milestone/');
    assert.equal(await send('one-6', milestone(6)), 'one 6 analysis.progress 50 %');
    const again = await send('one-6', milestone(6));
    assert.equal(again, 'one 6 analysis.progress 50 % duplicate: seen before, ignore it');
    const older = await send('one-5', milestone(5));
    assert.equal(older, 'one 5 analysis.progress 50 % out of order: 6 was here before, ignore it');
    assert.equal(await send('two-5', milestone(5, 'two')), 'two 5 analysis.progress 50 %');
    assert.equal(await send('one-7', milestone(7)), 'one 7 analysis.progress 50 %');
    assert.deepEqual(await end('SIGTERM'), [0, null]);
  });

  test('examples/envelope/ tells a duplicate and an older event by the id and sequence in the body', async (t) => {
    const { send } = await startSigned(t, 'examples/envelope/');
    const line = 'one video.process_failed failed 50 % for omega-cop';
    assert.equal(await send('b', envelope('b', 10)), line);
    assert.equal(await send('b', envelope('b', 10)), `${line} duplicate: seen before, ignore it`);
    const older = await send('a', envelope('a', 4));
    assert.equal(older, `${line} out of order: 10 was here before, ignore it`);
    assert.equal(await send('c', envelope('c', 11)), line);
  });

  test('examples/completion-rate/ tells duplicates by id, order by the rate, and whose analysis it is', async (t) => {
    const { send } = await startSigned(t, 'examples/completion-rate/');
    const of = async (id: string, event: object) =>
      (await send(id, event)).replace(`${uuid} `, '').replace(/^analysis_(\w+)/, '$1');
    assert.equal(await of('a', rate('running', 0)), 'completion_rate running 0 %');
    assert.equal(await of('c', rate('running', 40)), 'completion_rate running 40 %');
    assert.match(await of('c', rate('running', 40)), /40 % duplicate: seen before, ignore it$/);
    assert.match(await of('b', rate('running', 30)), /30 % out of order: 40 % was here before, ignore it$/);
    // One that fails may do so below what it had reached.
    assert.equal(await of('e', rate('error', 35)), 'done error 35 %');
    assert.match(await of('d', rate('aggregating', 50)), /50 % out of order: it was done before, ignore it$/);
    assert.match(await of('x', rate('done', 100, 'theirs')), /100 % not an analysis of ours: ignore it$/);
  });

  test('examples/job-result/ takes a result unsigned, fails the first one if asked to, and tells duplicates', async (t) => {
    const parameters = ['--fail-first', '--print'];
    const { post, line, url } = await startExample(t, 'examples/job-result/', { parameters });
    const job = { id: 'a', status: 'FAILED', createdAt: 1, webhookUrl: url };
    assert.deepEqual(await post('{"id":"a"}'), [400, 'refused with 400: it is no result of a job']);
    assert.deepEqual(await post(JSON.stringify(job)), [500, 'a answered 500, so that it comes again']);
    for (const [sent, said] of [
      [job, 'a FAILED 0 job results, 0 image results'],
      [job, 'a FAILED 0 job results, 0 image results duplicate: seen before, ignore it'],
      [{ ...job, id: 'b\u001B[2J', jobResults: [{}] }, 'b?[2J FAILED 1 job results, 0 image results'],
      [{ ...job, id: 'c', resultOmitted: true }, 'c FAILED the result is too large to send'],
    ] as const) {
      assert.deepEqual(await post(JSON.stringify(sent)), [200, said]);
      let document = '';
      for (let more = ''; more !== '  }'; document += more) more = await line();
      assert.deepEqual(JSON.parse(document), sent);
    }
  });

  test('a receiver that cannot start says in one line why', async (t) => {
    const folder = 'examples/milestone/';
    const secret = exampleSecret(folder);
    const first = spawnReceiver(folder, ['0'], secret);
    t.after(() => first.kill());
    const [listening] = await once(createInterface(first.stdout), 'line');
    const { port } = new URL(String(listening).split(' ').at(-1) ?? '');
    const noSecret = /^receiver: WEBHOOK_SECRET must be the signing secret: .*\n$/;
    const taken = new RegExp(`^receiver: port ${port} is taken: give it another one\n$`);
    for (const [parameters, given, code, message] of [
      [[port], secret, 1, taken],
      [['http'], secret, 2, /^receiver: 'http' is not a port from 0 to 65535\n$/],
      [['0'], undefined, 2, noSecret],
      [['0'], 'secret', 2, noSecret],
    ] as const) {
      const child = spawnReceiver(folder, parameters, given);
      const said = text(child.stderr);
      assert.deepEqual(await once(child, 'close'), [code, null]);
      assert.match(await said, message);
    }
  });
});
