// Many POSTs: which connections they use, and how they end before an answer does.
import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { createTransport } from '../../../src/delivery/transport.ts';
import { answer, type Behaviour, startReceiver } from '../../support/receiver.ts';
import { loopback, post, requestTo, says, transportOf } from './posting.ts';

test('connections are used again, but not after half an answer', async (t) => {
  const receiver = await startReceiver(t, (socket, _request, count) => {
    socket.write(answer('200 OK', count === 3 ? 'x'.repeat(20_000) : 'ok'));
  });
  const transport = transportOf(t);
  for (const expected of [1, 1, 1, 2, 2]) {
    assert.equal((await transport.post(requestTo(receiver.port))).outcome, 'delivered');
    assert.equal(receiver.connections, expected);
    // undici gives a connection free only after a turn of the event loop.
    await turn();
    await turn();
  }
});

test('requests do not wait for each other', async (t) => {
  const receiver = await startReceiver(t, (socket, request) => {
    if (!request.includes('/slow')) socket.write(answer('200 OK'));
  });
  const transport = transportOf(t);
  const slow = transport.post({ ...requestTo(receiver.port, '/slow'), timeoutMs: 300 });
  const quick = await Promise.all(Array.from({ length: 20 }, () => transport.post(requestTo(receiver.port))));
  assert.ok(quick.every(({ outcome, durationMs }) => outcome === 'delivered' && durationMs < 300));
  assert.equal((await slow).outcome, 'timed_out');
});

test('a signal ends a post, which rejects with its reason', async (t) => {
  const aborting = new AbortController();
  const posting = post(t, () => aborting.abort(new Error('endpoint deleted')), { signal: aborting.signal });
  await assert.rejects(posting, /endpoint deleted/);
  await assert.rejects(
    transportOf(t).post({ ...requestTo(1), signal: AbortSignal.abort(new Error('stopped')) }),
    /stopped/,
  );
});

test('a status line that came before the signal counts', async (t) => {
  const aborting = new AbortController();
  const behave: Behaviour = (socket) => {
    socket.write('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf', () =>
      setTimeout(() => aborting.abort(), 50),
    );
  };
  assert.equal((await post(t, behave, { signal: aborting.signal })).outcome, 'delivered');
});

test('pools that nobody uses are forgotten', async (t) => {
  const receiver = await startReceiver(t, says(answer('200 OK')));
  const transport = transportOf(t, { forgetAfterMs: 20 });
  await transport.post(requestTo(receiver.port));
  assert.equal(transport.pools, 1);
  while (transport.pools > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.equal((await transport.post(requestTo(receiver.port))).outcome, 'delivered');
  assert.equal(receiver.connections, 2);
});

test('closing lets a running post end', async (t) => {
  const received = Promise.withResolvers<Socket>();
  const receiver = await startReceiver(t, (socket) => received.resolve(socket));
  const transport = createTransport(loopback);
  const posting = transport.post(requestTo(receiver.port));
  const socket = await received.promise;
  const closing = transport.close();
  socket.write(answer('200 OK'));
  assert.equal((await posting).outcome, 'delivered');
  await closing;
});

test("the idle connections to a forgotten origin are closed, and nobody else's", async (t) => {
  const good = says(answer('200 OK'));
  const [gone, other] = [await startReceiver(t, good), await startReceiver(t, good)];
  const transport = transportOf(t);
  for (const { port } of [gone, other]) await transport.post(requestTo(port));
  assert.equal(transport.pools, 2);
  transport.forget(requestTo(gone.port).url);
  assert.equal(transport.pools, 1);
  for (const { port } of [gone, other])
    assert.equal((await transport.post(requestTo(port))).outcome, 'delivered');
  assert.deepEqual([gone.connections, other.connections], [2, 1]);
});
