// One POST against receivers that answer, stall, break off, lie or flood.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { answer, type Behaviour, startReceiver } from '../../support/receiver.ts';
import { drips, post, requestTo, says, transportOf } from './posting.ts';

test('a 2xx is delivered, with what the receiver said', async (t) => {
  const result = await post(t, says(answer('200 OK', 'thanks')), {});
  assert.deepEqual(
    { ...result, time: 0, durationMs: 0 },
    {
      outcome: 'delivered',
      time: 0,
      durationMs: 0,
      statusCode: 200,
      status: '200 OK',
      body: 'thanks',
      message: 'answered 200 OK',
    },
  );
});

test('the request is a POST of the body with the headers, and asks for no encoding', async (t) => {
  const receiver = await startReceiver(t, says(answer('204 No Content')));
  const transport = transportOf(t, { now: () => 1000 });
  const result = await transport.post({
    ...requestTo(receiver.port, '/a/b?c=d%20e'),
    body: Buffer.from('grüße'),
  });
  assert.deepEqual(result.time, new Date(1000));
  const lines = receiver.requests[0]?.split('\r\n') ?? [];
  assert.deepEqual(lines.slice(0, 2), ['POST /a/b?c=d%20e HTTP/1.1', `host: 127.0.0.1:${receiver.port}`]);
  for (const line of ['content-type: application/json', 'content-length: 7', 'accept-encoding: identity'])
    assert.ok(lines.includes(line), line);
  assert.equal(Buffer.from(lines.at(-1) ?? '', 'latin1').toString(), 'grüße');
});

test('410 is gone', async (t) => {
  const { outcome, status, message } = await post(t, says(answer('410 Gone')));
  assert.deepEqual([outcome, status, message], ['gone', '410 Gone', 'answered 410 Gone']);
});

test('where only 200 counts, other answers are failures that say so', async (t) => {
  const ends: Record<string, readonly string[]> = {};
  for (const statusLine of ['200 OK', '201 Created', '204 No Content', '302 Found', '410 Gone', '500 Oops']) {
    const { outcome, message } = await post(t, says(answer(statusLine)), { successStatus: 'Only200' });
    ends[statusLine] = [outcome, message];
  }
  assert.deepEqual(ends, {
    '200 OK': ['delivered', 'answered 200 OK'],
    '201 Created': ['rejected', 'answered 201 Created, where only 200 counts'],
    '204 No Content': ['rejected', 'answered 204 No Content, where only 200 counts'],
    '302 Found': ['rejected', 'answered 302 Found'],
    '410 Gone': ['rejected', 'answered 410 Gone'],
    '500 Oops': ['rejected', 'answered 500 Oops'],
  });
});

test('a redirect is not followed, and its path is not recorded', async (t) => {
  const target = await startReceiver(t, says(answer('200 OK')));
  const location = `location: http://127.0.0.1:${target.port}/secret`;
  for (const statusLine of [
    '301 Moved Permanently',
    '302 Found',
    '307 Temporary Redirect',
    '308 Permanent Redirect',
  ]) {
    const { outcome, message } = await post(t, says(answer(statusLine, '', location)));
    const code = statusLine.slice(0, 3);
    assert.equal(outcome, 'rejected');
    assert.equal(message, `redirects are not followed (${code} to http://127.0.0.1:${target.port})`);
  }
  assert.equal(target.connections, 0);
});

test('an error status is rejected, with its Retry-After', async (t) => {
  const result = await post(
    t,
    says(answer('503 Service Unavailable', 'busy', 'Retry-After: 7', 'retry-after: 9')),
  );
  const { outcome, statusCode, body, message, retryAfterMs } = result;
  assert.deepEqual([outcome, statusCode, body, retryAfterMs], ['rejected', 503, 'busy', 7000]);
  assert.equal(message, 'answered 503 Service Unavailable');
});

test('a reason phrase is as received, or the standard one', async (t) => {
  const statusOf = async (behave: Behaviour) => (await post(t, behave)).status;
  assert.equal(await statusOf(says(answer('200 Fine'))), '200 Fine');
  assert.equal(await statusOf(says(answer('404 '))), '404 Not Found');
  assert.equal(await statusOf(says(answer('599 '))), '599');
  assert.equal(await statusOf(says(answer(`500 \u001b${'<'.repeat(90)}`))), '500 <<<<<<<<<<');
});

test('a silent receiver costs the deadline and no more', async (t) => {
  const { outcome, message, durationMs, statusCode } = await post(t, () => {}, { timeoutMs: 100 });
  assert.deepEqual([outcome, message, statusCode], ['timed_out', 'timed out after 0.1 s', undefined]);
  assert.ok(durationMs >= 99 && durationMs < 1000);
});

test('dripping headers do not extend the deadline', async (t) => {
  const behave = drips('HTTP/1.1 200 OK\r\nx: ', 'y');
  const { outcome, durationMs } = await post(t, behave, { timeoutMs: 100 });
  assert.equal(outcome, 'timed_out');
  assert.ok(durationMs < 1000);
});

test('a dripping body does not extend the deadline, and the status line counts', async (t) => {
  const head = 'content-length: 1000000\r\n\r\n';
  const delivered = await post(t, drips(`HTTP/1.1 200 OK\r\n${head}`, 'z'), { timeoutMs: 100 });
  assert.equal(delivered.outcome, 'delivered');
  assert.match(delivered.body ?? '', /^z+$/);
  assert.ok(delivered.durationMs < 1000);
  const failed = await post(t, drips(`HTTP/1.1 500 No\r\n${head}`, 'z'), { timeoutMs: 100 });
  assert.equal(failed.outcome, 'rejected');
});

test('of 2 GiB it reads 16 KiB and hangs up', async (t) => {
  const chunk = Buffer.alloc(65_536, 'x');
  let sent = 0;
  const closed = Promise.withResolvers<void>();
  const behave: Behaviour = (socket) => {
    socket.once('close', () => closed.resolve());
    socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${2 ** 31}\r\n\r\n`);
    const pump = (): void => {
      while (socket.writable && socket.write(chunk)) sent += chunk.length;
      socket.once('drain', pump);
    };
    pump();
  };
  const { outcome, body } = await post(t, behave);
  assert.deepEqual([outcome, body], ['delivered', 'x'.repeat(512)]);
  await closed.promise;
  assert.ok(sent < 32 * 2 ** 20, `${sent} bytes were sent`);
});

test('a reset after the head of a 2xx is delivered', async (t) => {
  const result = await post(t, (socket) => {
    socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\npartial', () =>
      setTimeout(() => socket.resetAndDestroy(), 50),
    );
  });
  assert.deepEqual([result.outcome, result.body], ['delivered', 'partial']);
});

test('a reset or an end before the head is unreachable', async (t) => {
  const reset = await post(t, (socket) => socket.resetAndDestroy());
  assert.deepEqual([reset.outcome, reset.message], ['unreachable', 'connection reset before an answer came']);
  const end = await post(t, (socket) => socket.end());
  assert.deepEqual([end.outcome, end.message], ['unreachable', 'connection closed before an answer came']);
});

test('a closed port is a refused connection', async (t) => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  await new Promise((resolve) => server.close(resolve));
  const { outcome, message } = await transportOf(t).post(requestTo(port));
  assert.deepEqual([outcome, message], ['unreachable', 'connection refused']);
});

test('what is not HTTP/1.1 is unreachable', async (t) => {
  const answers = {
    'SSH-2.0-OpenSSH_9.9\r\n': /^the answer is not HTTP/,
    'HTTP/1.1 two hundred\r\n\r\n': /^the answer is not HTTP/,
    'HTTP/1.1 100 Continue\r\n\r\n': /100 Continue/,
    'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n': /101/,
    [`HTTP/1.1 200 OK\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`]: /headers of the answer are larger than 16 KiB/,
    ['HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(100)]: /informational/,
  };
  for (const [bytes, pattern] of Object.entries(answers)) {
    const { outcome, message } = await post(t, says(bytes));
    assert.equal(outcome, 'unreachable', bytes.slice(0, 40));
    assert.match(message, pattern);
  }
});

test('early hints are read over', async (t) => {
  const result = await post(
    t,
    says('HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n', answer('200 OK', 'ok')),
  );
  assert.deepEqual([result.outcome, result.body], ['delivered', 'ok']);
});

test('a wrong Content-Length does not change what the status line says', async (t) => {
  const short = await post(t, (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\nshort'));
  assert.deepEqual([short.outcome, short.body], ['delivered', 'short']);
  const long = await post(t, (socket) => socket.end('HTTP/1.1 500 No\r\ncontent-length: 2\r\n\r\nlong'));
  assert.deepEqual([long.outcome, long.body], ['rejected', 'lo']);
  const endless = await post(t, (socket) => socket.end('HTTP/1.0 200 OK\r\n\r\nuntil the end'));
  assert.deepEqual([endless.outcome, endless.body], ['delivered', 'until the end']);
  const chunked = await post(
    t,
    says('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\nbroken'),
  );
  assert.deepEqual([chunked.outcome, chunked.body], ['delivered', 'abc']);
});

test('an encoded body is stored as what it is', async (t) => {
  const { outcome, body } = await post(
    t,
    says('HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 2\r\n\r\n\u001f\u008b'),
  );
  assert.deepEqual([outcome, body?.isWellFormed()], ['delivered', true]);
});

test('what no HTTP request can carry is denied, and nothing throws', async (t) => {
  const transport = transportOf(t);
  const request = requestTo(1);
  const malformed = await transport.post({ ...request, url: 'http://[' });
  assert.equal(malformed.outcome, 'denied');
  assert.match(malformed.message, /^the URL must name the host/);
  const header = await transport.post({ ...request, headers: { 'x-a': 'b\r\nc: d' } });
  assert.deepEqual(
    [header.outcome, header.message],
    ['denied', 'the URL or a header cannot be sent over HTTP/1.1'],
  );
});
