// HTTPS: whose certificate counts, and what people read when it does not.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { before, test, type TestContext } from 'node:test';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { parseCidrs } from '../../../src/delivery/address.ts';
import type { AttemptResult } from '../../../src/delivery/outcome.ts';
import { createTransport, type TlsIdentity } from '../../../src/delivery/transport.ts';
import { type Certificate, createCertificate } from '../../support/certificates.ts';
import { answer, startReceiver } from '../../support/receiver.ts';

const authority = createCertificate({ names: ['Test authority'], isAuthority: true });
const issued = (
  names: readonly string[],
  validity: { notBefore?: Date; notAfter?: Date } = {},
): Certificate => createCertificate({ names, issuer: authority, ...validity });

before(() => setDefaultCACertificates([...getCACertificates('default'), authority.cert]));

/** One POST to a new receiver with the certificate. */
async function post(
  t: TestContext,
  certificate: Certificate,
  host = 'host.example',
  tls?: TlsIdentity,
): Promise<AttemptResult & { requests: string[] }> {
  const receiver = await startReceiver(t, (socket) => socket.write(answer('200 OK')), { certificate });
  return { ...(await postTo(t, `https://${host}:${receiver.port}/`, tls)), requests: receiver.requests };
}

async function postTo(t: TestContext, url: string, tls: TlsIdentity = {}): Promise<AttemptResult> {
  const resolver = { resolve4: async () => ['127.0.0.1'], resolve6: async () => [] };
  const transport = createTransport({ allowedCidrs: parseCidrs('127.0.0.0/8'), allowHttp: false, resolver });
  t.after(() => transport.close());
  return transport.post({ url, headers: {}, body: '{}', timeoutMs: 2000, tls });
}

test('a good certificate for the host of the URL', async (t) => {
  const { outcome, requests } = await post(t, issued(['host.example']));
  assert.equal(outcome, 'delivered');
  assert.match(requests[0] ?? '', /^host: host\.example:\d+\r$/m);
});

test('a good certificate for an address', async (t) => {
  assert.equal((await post(t, issued(['127.0.0.1']), '127.0.0.1')).outcome, 'delivered');
  const { outcome, message } = await post(t, issued(['host.example']), '127.0.0.1');
  assert.deepEqual([outcome, message], ['tls', 'certificate is for host.example, not for 127.0.0.1']);
});

const failures: Readonly<Record<string, { certificate: Certificate; message: string }>> = {
  'an expired certificate': {
    certificate: issued(['host.example'], {
      notBefore: new Date('2025-01-02T00:00:00Z'),
      notAfter: new Date('2026-01-02T12:00:00Z'),
    }),
    message: 'certificate expired on 2026-01-02',
  },
  'a certificate of the future': {
    certificate: issued(['host.example'], {
      notBefore: new Date('2099-01-02T00:00:00Z'),
      notAfter: new Date('2099-02-02T00:00:00Z'),
    }),
    message: 'certificate is not valid yet, from 2099-01-02 on',
  },
  'a self-signed certificate': {
    certificate: createCertificate({ names: ['host.example'] }),
    message: 'self-signed certificate',
  },
  'an unknown authority': {
    certificate: createCertificate({
      names: ['host.example'],
      issuer: createCertificate({ names: ['Other authority'], isAuthority: true }),
    }),
    message: 'certificate is signed by an unknown authority, or an intermediate certificate is missing',
  },
  'a certificate for another host': {
    certificate: issued(['other.example']),
    message: 'certificate is for other.example, not for host.example',
  },
  'a certificate for many other hosts': {
    certificate: issued(['a.example', 'b.example', 'c.example', 'd.example']),
    message: 'certificate is for a.example, b.example and 2 more, not for host.example',
  },
};

for (const [name, { certificate, message: expected }] of Object.entries(failures)) {
  test(`${name} is refused before anything is sent`, async (t) => {
    const { outcome, message, requests } = await post(t, certificate);
    assert.deepEqual([outcome, message, requests], ['tls', expected, []]);
  });
}

const other = createCertificate({ names: ['Other authority'], isAuthority: true });
const unknown = 'certificate is signed by an unknown authority, or an intermediate certificate is missing';

test('a private authority is trusted by the endpoints that name it, and replaces all others', async (t) => {
  const certificate = createCertificate({ names: ['host.example'], issuer: other });
  const named = await post(t, certificate, 'host.example', { ca: other.cert });
  assert.deepEqual([named.outcome, named.requests.length], ['delivered', 1]);
  const unnamed = await post(t, certificate);
  assert.deepEqual([unnamed.outcome, unnamed.message], ['tls', unknown]);
  const { outcome, message, requests } = await post(t, issued(['host.example']), 'host.example', {
    ca: other.cert,
  });
  // The receiver trusts that authority itself, and sends its certificate along.
  assert.deepEqual(
    [outcome, message, requests],
    ['tls', 'certificate is signed by an authority that is not trusted', []],
  );
});

test('a private authority may be one of several, an intermediate one, or the certificate itself', async (t) => {
  const between = createCertificate({ names: ['Between'], issuer: other, isAuthority: true });
  const itself = createCertificate({ names: ['host.example'] });
  const cases: readonly [Certificate, string][] = [
    [issued(['host.example']), `# first\n${other.cert}\n# second\n${authority.cert}`],
    [createCertificate({ names: ['host.example'], issuer: between }), between.cert],
    [itself, itself.cert],
  ];
  for (const [certificate, ca] of cases) {
    const { outcome, message } = await post(t, certificate, 'host.example', { ca });
    assert.equal(outcome, 'delivered', message);
  }
});

test('a private authority changes nothing about names and dates', async (t) => {
  const ca = { ca: authority.cert };
  const name = await post(t, issued(['other.example']), 'host.example', ca);
  assert.equal(name.message, 'certificate is for other.example, not for host.example');
  const notBefore = new Date('2025-01-02T00:00:00Z');
  const notAfter = new Date('2026-01-02T00:00:00Z');
  const date = await post(t, issued(['host.example'], { notBefore, notAfter }), 'host.example', ca);
  assert.equal(date.message, 'certificate expired on 2026-01-02');
  const self = await post(t, createCertificate({ names: ['host.example'] }), 'host.example', ca);
  assert.deepEqual([self.outcome, self.message, self.requests], ['tls', 'self-signed certificate', []]);
});

test('a receiver that speaks no TLS', async (t) => {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const { outcome, message } = await postTo(t, `https://host.example:${port}/`);
  assert.equal(outcome, 'tls');
  assert.equal(message, 'TLS handshake failed: the receiver does not speak TLS on this port');
});
