// Receivers with a private authority, and those that want to know who calls.
import assert from 'node:assert/strict';
import { createPrivateKey } from 'node:crypto';
import { createServer, type Socket } from 'node:net';
import { test, type TestContext } from 'node:test';
import type { TLSSocket, TlsOptions } from 'node:tls';
import { parseCidrs } from '../../../src/delivery/address.ts';
import type { AttemptResult } from '../../../src/delivery/outcome.ts';
import { createTransport, type TlsIdentity, type Transport } from '../../../src/delivery/transport.ts';
import { type Certificate, createCertificate } from '../../support/certificates.ts';
import { answer, type Receiver, startReceiver } from '../../support/receiver.ts';

const authority = createCertificate({ names: ['Private authority'], isAuthority: true });
const stranger = createCertificate({ names: ['Other authority'], isAuthority: true });
const host = createCertificate({ names: ['host.example'], issuer: authority });
const [anna, bert] = ['anna', 'bert'].map((name) => createCertificate({ names: [name], issuer: authority }));
const impostor = createCertificate({ names: ['anna'], issuer: stranger });

const trusting = (client?: Certificate): TlsIdentity => ({
  ca: authority.cert,
  ...(client === undefined ? {} : { cert: client.cert, key: client.key }),
});

/** Answers with the name in the client certificate. */
function answerName(socket: Socket): void {
  const { subject } = (socket as TLSSocket).getPeerCertificate();
  socket.write(answer('200 OK', String(subject?.CN ?? 'nobody')));
}

/** One that asks for a client certificate. */
const startAsking = (t: TestContext, tls: TlsOptions = {}): Promise<Receiver> =>
  startReceiver(t, answerName, {
    certificate: host,
    tls: { ca: authority.cert, requestCert: true, ...tls },
  });

function transportOf(t: TestContext): Transport {
  const resolver = { resolve4: async () => ['127.0.0.1'], resolve6: async () => [] };
  const transport = createTransport({ allowedCidrs: parseCidrs('127.0.0.0/8'), allowHttp: false, resolver });
  t.after(() => transport.close());
  return transport;
}

const postAs = (transport: Transport, port: number, tls?: TlsIdentity): Promise<AttemptResult> =>
  transport.post({
    url: `https://host.example:${port}/`,
    headers: {},
    body: '{}',
    timeoutMs: 5000,
    ...(tls === undefined ? {} : { tls }),
  });

test('a client certificate says who calls, and only those with the same one share connections', async (t) => {
  const receiver = await startAsking(t, { rejectUnauthorized: false });
  const transport = transportOf(t);
  const callers = [anna, bert, undefined, anna, bert, undefined];
  const seen: (string | undefined)[] = [];
  for (const caller of callers) seen.push((await postAs(transport, receiver.port, trusting(caller))).body);
  assert.deepEqual(seen, ['anna', 'bert', 'nobody', 'anna', 'bert', 'nobody']);
  assert.deepEqual([receiver.connections, transport.pools], [3, 3]);
});

test('a receiver that wants a client certificate and gets none says so', async (t) => {
  for (const [maxVersion, expected] of [
    ['TLSv1.3', 'the receiver requires a client certificate'],
    [
      'TLSv1.2',
      'the receiver refused the TLS handshake (handshake failure): it may require a client certificate',
    ],
  ] as const) {
    const receiver = await startAsking(t, { rejectUnauthorized: true, maxVersion });
    const { outcome, message } = await postAs(transportOf(t), receiver.port, trusting());
    assert.deepEqual([outcome, message, receiver.requests], ['tls', expected, []]);
  }
});

test('a receiver that ends the connection on a wrong client certificate without a word', async (t) => {
  const receiver = await startAsking(t, { rejectUnauthorized: true });
  const transport = transportOf(t);
  const { outcome, message } = await postAs(transport, receiver.port, trusting(impostor));
  assert.equal(outcome, 'unreachable');
  assert.match(message, /before an answer came; the receiver may not accept the client certificate$/);
  assert.equal((await postAs(transport, receiver.port, trusting(anna))).outcome, 'delivered');
});

/** By number (RFC 8446, 6.2): what people read with and without a client certificate. */
const alerts: Readonly<Record<number, readonly [withOne: string, without: string]>> = {
  40: [
    'the receiver refused the TLS handshake (handshake failure): it may not accept the client certificate',
    'the receiver refused the TLS handshake (handshake failure): it may require a client certificate',
  ],
  42: [
    'the receiver does not accept the client certificate (bad certificate)',
    'the receiver requires a client certificate (bad certificate)',
  ],
  45: [
    'the receiver does not accept the client certificate (certificate expired)',
    'the receiver requires a client certificate (certificate expired)',
  ],
  48: [
    'the receiver does not accept the client certificate (unknown ca)',
    'the receiver requires a client certificate (unknown ca)',
  ],
  49: [
    'the receiver does not accept the client certificate (access denied)',
    'the receiver requires a client certificate (access denied)',
  ],
  70: [
    'the receiver refused the TLS handshake (protocol version)',
    'the receiver refused the TLS handshake (protocol version)',
  ],
  112: [
    'the receiver refused the TLS handshake (unrecognized name)',
    'the receiver refused the TLS handshake (unrecognized name)',
  ],
  116: ['the receiver requires a client certificate', 'the receiver requires a client certificate'],
};

for (const [number, expected] of Object.entries(alerts)) {
  test(`alert ${number} is put in words`, async (t) => {
    const record = Buffer.from([0x15, 0x03, 0x03, 0x00, 0x02, 0x02, Number(number)]);
    const server = createServer((socket) => {
      socket.on('error', () => {});
      socket.once('data', () => socket.end(record));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    t.after(() => server.close());
    const address = server.address();
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
    const transport = transportOf(t);
    for (const [index, client] of [anna, undefined].entries()) {
      const { outcome, message } = await postAs(transport, port, trusting(client));
      assert.deepEqual([outcome, message], ['tls', expected[index]]);
    }
  });
}

const pkcs8 = (pem: string, cipher: { cipher: string; passphrase: string }): string =>
  createPrivateKey(pem)
    .export({ type: 'pkcs8', format: 'pem', ...cipher })
    .toString();

const { cert = '', key = '' } = anna ?? {};
const notPem = 'must be PEM with one or more blocks of "-----BEGIN CERTIFICATE-----"';
const badKey = 'the client key must be PEM with a private key, without a passphrase';

const malformed: Readonly<Record<string, { tls: TlsIdentity; message: string }>> = {
  'an empty CA': { tls: { ca: '' }, message: `the CA ${notPem}` },
  'a CA that is no PEM': { tls: { ca: 'garbage' }, message: `the CA ${notPem}` },
  'a CA with a damaged certificate': {
    tls: { ca: `${authority.cert}${authority.cert.replace('MII', 'MIJ')}` },
    message: `the CA ${notPem}`,
  },
  'a key for a CA': { tls: { ca: key }, message: `the CA ${notPem}` },
  'a certificate without its key': { tls: { cert }, message: 'the client certificate has no key' },
  'a key without its certificate': { tls: { key }, message: 'the client key has no certificate' },
  'a client certificate that is no PEM': {
    tls: { cert: 'x', key },
    message: `the client certificate ${notPem}`,
  },
  'a key that is no PEM': { tls: { cert, key: 'x' }, message: badKey },
  'an empty key': { tls: { cert, key: '' }, message: badKey },
  'a key with a passphrase': {
    tls: { cert, key: pkcs8(key, { cipher: 'aes-256-cbc', passphrase: 'x' }) },
    message: badKey,
  },
  'the key of another certificate': {
    tls: { cert, key: impostor.key },
    message: 'the client key does not belong to the client certificate',
  },
};

for (const [name, { tls, message: expected }] of Object.entries(malformed)) {
  test(`with ${name} nothing is sent`, async (t) => {
    const receiver = await startAsking(t);
    const transport = transportOf(t);
    const { outcome, message } = await postAs(transport, receiver.port, tls);
    assert.deepEqual([outcome, message], ['tls', expected]);
    assert.deepEqual([receiver.connections, transport.pools], [0, 0]);
  });
}
