// Receivers that send back what they were sent: what is recorded of it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseSigningSecret, signatureHeader } from '../../../src/delivery/signature.ts';
import { answer, startReceiver } from '../../support/receiver.ts';
import { post, requestTo, says, transportOf } from './posting.ts';

const token = 'tok_5f0c2a9b7d41';

test('secrets that are echoed in the status line and the body are redacted', async (t) => {
  const echo = answer(`401 no ${token}`, `{"got":"Bearer ${token}"}`);
  const { outcome, status, body, message } = await post(t, says(echo), { secrets: [token] });
  assert.equal(outcome, 'rejected');
  assert.equal(status, '401 no [redacted]');
  assert.equal(body, '{"got":"Bearer [redacted]"}');
  assert.equal(message, 'answered 401 no [redacted]');
});

test('a whole request that is echoed shows neither secret nor signature', async (t) => {
  const receiver = await startReceiver(t, (socket, request) =>
    socket.write(answer('200 OK', request.slice(0, 400))),
  );
  const keys = [
    parseSigningSecret(`whsec_${'ab'.repeat(20)}`),
    parseSigningSecret(`whsk_${'ab'.repeat(21)}c=`),
  ];
  const signature = signatureHeader({ id: 'a', timestampSeconds: 1, body: '{"a":1}', keys });
  const { body = '' } = await transportOf(t).post({
    ...requestTo(receiver.port, `/hooks/${token}?key=${token}`),
    headers: { authorization: token, 'webhook-signature': signature },
    secrets: [token],
  });
  assert.match(body, /^POST \/hooks\/\[redacted\]\?key=\[redacted\] HTTP/);
  assert.match(body, /^authorization: \[redacted\]\r$/m);
  assert.match(body, /^webhook-signature: v1,\[redacted\] v1a,\[redacted\]\r$/m);
});

test('a redirect to a host with a secret in its name names neither', async (t) => {
  const behave = says(answer('302 Found', '', `location: https://${token}.example/x`));
  const { message } = await post(t, behave, { secrets: [token] });
  assert.match(message, /^redirects are not followed \(302 to https:\/\/\[redacted\]\.example\)$/);
});

test('a host that is a secret is not named when it cannot be reached', async (t) => {
  const resolver = { resolve4: () => Promise.resolve([]), resolve6: () => Promise.resolve([]) };
  const host = `${token.replaceAll('_', '-')}.example`;
  const url = `http://${host}/`;
  const { message } = await transportOf(t, { resolver }).post({
    ...requestTo(1),
    url,
    secrets: [url, host],
  });
  assert.equal(message, 'host not found: [redacted]');
});

test('a secret across the end of what is read or kept leaves no piece', async (t) => {
  for (const before of [500, 505, 510, 16_384 - 10, 16_384 - token.length, 4090]) {
    const echo = answer('200 OK', '.'.repeat(before) + token + '.'.repeat(100));
    const { body = '' } = await post(t, says(echo), { secrets: [token] });
    assert.match(body, /^\.+[[a-z]*\]?\.*$/);
    assert.ok(!body.includes(token.slice(0, 5)), body);
    assert.equal(body.length, 512);
  }
  // So many that what is read to its end is kept to its end.
  const full = token.repeat(Math.ceil(16_384 / token.length));
  const { body } = await post(t, says(answer('200 OK', full)), { secrets: [token] });
  assert.match(body ?? '', /^(\[redacted\])+([[a-z]*)$/);
});

test('a body that breaks off within a secret loses the piece', async (t) => {
  const head = 'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n';
  const { body } = await post(t, (socket) => socket.end(`${head}got ${token.slice(0, 10)}`), {
    secrets: [token],
  });
  assert.equal(body, 'got ');
});

test('without secrets nothing is redacted', async (t) => {
  const { body } = await post(t, says(answer('200 OK', token)));
  assert.equal(body, token);
});
