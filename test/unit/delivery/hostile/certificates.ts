// What receivers show in place of a good certificate.
import { type Certificate, createCertificate } from '../../../support/certificates.ts';
import type { Row } from './row.ts';

const authority = createCertificate({ names: ['Test authority'], isAuthority: true });
const issued = (...names: readonly string[]): Certificate => createCertificate({ names, issuer: authority });
const leaf = createCertificate({ names: ['leaf.example'], issuer: authority });
const dayMs = 86_400_000;
const from = (
  days: number,
  until: number,
): Pick<Parameters<typeof createCertificate>[0], 'notBefore' | 'notAfter'> => ({
  notBefore: new Date(Date.now() + days * dayMs),
  notAfter: new Date(Date.now() + until * dayMs),
});

const refused = (
  title: string,
  certificate: Certificate,
  message: string | RegExp,
  more: Partial<Row> = {},
): Row => ({
  title,
  url: 'https://x.example:PORT/hook',
  zone: () => ['127.0.0.1'],
  request: { tls: { ca: authority.cert }, timeoutMs: 2000 },
  certificate,
  sees: 'nothing',
  dials: ['127.0.0.1:PORT'],
  shows: { outcome: 'tls', message },
  ...more,
});

const unknown = 'certificate is signed by an unknown authority, or an intermediate certificate is missing';

export const certificates: readonly Row[] = [
  refused(
    'a self-signed certificate',
    createCertificate({ names: ['x.example'] }),
    'self-signed certificate',
  ),
  refused(
    'an expired certificate',
    createCertificate({ names: ['x.example'], issuer: authority, ...from(-30, -1) }),
    /^certificate expired on \d{4}-\d\d-\d\d$/,
  ),
  refused(
    'a certificate of the future',
    createCertificate({ names: ['x.example'], issuer: authority, ...from(1, 30) }),
    /^certificate is not valid yet/,
  ),
  refused(
    'a certificate for another host',
    issued('y.example'),
    'certificate is for y.example, not for x.example',
  ),
  refused(
    'a wildcard one level too high',
    issued('*.example.org'),
    'certificate is for *.example.org, not for a.b.example.org',
    { url: 'https://a.b.example.org:PORT/hook' },
  ),
  refused('a wildcard for everything', issued('*'), /not for x\.example$/),
  refused('a wildcard for a top-level domain', issued('*.example'), /not for x\.example$/),
  refused('a name with a zero byte in it', issued('x.example\0.evil.example'), /not for x\.example$/),
  refused(
    'a name for a connection by address',
    issued('localhost'),
    'certificate is for localhost, not for 127.0.0.1',
    { url: 'https://127.0.0.1:PORT/hook' },
  ),
  refused(
    'a certificate of an authority that is not the named one',
    createCertificate({
      names: ['x.example'],
      issuer: createCertificate({ names: ['Other'], isAuthority: true }),
    }),
    unknown,
  ),
  refused(
    'a certificate signed by a leaf',
    createCertificate({ names: ['x.example'], issuer: leaf }),
    /^certificate /,
  ),
  refused(
    'TLS of 2006 only',
    issued('x.example'),
    /^TLS handshake failed|^the receiver refused the TLS handshake/,
    {
      tls: { maxVersion: 'TLSv1.1', minVersion: 'TLSv1', ciphers: 'ALL@SECLEVEL=0' },
    },
  ),
  refused('a demand for a client certificate that there is not', issued('x.example'), /client certificate/, {
    tls: { requestCert: true, rejectUnauthorized: true, ca: authority.cert },
  }),
  {
    title: 'plain text where TLS should be',
    url: 'https://127.0.0.1:PORT/hook',
    greets: (socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'),
    sees: 'nothing',
    dials: ['127.0.0.1:PORT'],
    shows: { outcome: 'tls', message: 'TLS handshake failed: the receiver does not speak TLS on this port' },
  },
  {
    title: 'silence where a TLS handshake should be',
    url: 'https://127.0.0.1:PORT/hook',
    request: { timeoutMs: 60 },
    sees: 'nothing',
    dials: ['127.0.0.1:PORT'],
    shows: { outcome: 'timed_out', message: /^timed out/ },
  },
];
