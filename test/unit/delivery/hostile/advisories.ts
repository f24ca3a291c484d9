// Root causes of published vulnerabilities in senders of webhooks and in our HTTP client, one row each.
import { gzipSync } from 'node:zlib';
import { createCertificate } from '../../../support/certificates.ts';
import { answer } from '../../../support/receiver.ts';
import { closed, denied, type Row, type Shown } from './row.ts';

const ok: Shown = { outcome: 'delivered', statusCode: 200, message: 'answered 200 OK' };

const redirects =
  (line: string, location: string): NonNullable<Row['answers']> =>
  (socket) =>
    void socket.write(answer(line, '', `location: ${location}`));

const senders: readonly Row[] = [
  denied(
    'CVE-2018-15192, Gitea and Gogs: a webhook reaches services of the machine itself',
    'http://localhost:PORT/',
    /^the address ::1 is not allowed/,
  ),
  {
    title: 'CVE-2022-1285, Gogs: what the URL may not name, a redirect may',
    answers: redirects('302 Found', 'http://127.0.0.2:9/admin'),
    shows: {
      outcome: 'rejected',
      statusCode: 302,
      message: 'redirects are not followed (302 to http://127.0.0.2:9)',
    },
  },
  {
    title: 'CVE-2026-58418, Gitea: the first URL is checked and the one it redirects to is not',
    answers: redirects('307 Temporary Redirect', 'http://10.0.0.1/'),
    shows: {
      outcome: 'rejected',
      statusCode: 307,
      message: 'redirects are not followed (307 to http://10.0.0.1)',
    },
  },
  ...['100.100.100.200', '168.63.129.16', '198.18.0.1', '192.0.0.192'].map((address) =>
    denied(
      `CVE-2026-22874, Gitea: "private" leaves out ranges such as that of ${address}`,
      `http://${address}/`,
      closed(address, 32),
    ),
  ),
  denied(
    'CVE-2026-22874, Gitea: "private" leaves out IPv6 addresses that lead to an IPv4 one',
    'http://[64:ff9b::a9fe:a9fe]/',
    /^the address .* is not allowed/,
  ),
  denied(
    'CVE-2019-5464, GitLab: a name is checked, looked up again, and is another address then',
    'http://rebinding.example:PORT/',
    closed('127.0.0.2', 32),
    { zone: () => ['127.0.0.1', '127.0.0.2'] },
  ),
  denied(
    'CVE-2020-13788, Harbor: a webhook asks which ports of the intranet are open, and the error tells',
    'http://10.0.0.1:6379/',
    closed('10.0.0.1', 32),
  ),
  denied(
    'CVE-2026-4789, Kyverno: a tenant reads the metadata service through the controller',
    'http://169.254.169.254/latest/meta-data/iam/security-credentials/',
    closed('169.254.169.254', 32),
  ),
  denied(
    'Kyverno issue 16419: the metadata service as an IPv4-mapped address',
    'http://[::ffff:a9fe:a9fe]/latest/meta-data/',
    closed('::ffff:a9fe:a9fe', 32, '169.254.169.254'),
  ),
  {
    title: "CVE-2026-41323, Kyverno: requests carry the controller's own token",
    answers: (socket, request) => {
      socket.write(answer(/^(authorization|cookie):/im.test(request) ? '500 Token' : '200 OK'));
    },
    shows: ok,
  },
];

const unsendable: Shown = { outcome: 'denied', message: 'the URL or a header cannot be sent over HTTP/1.1' };

/** undici's; each is fixed in the version in use, and none of its features in question is. */
const client: readonly Row[] = [
  {
    title: 'CVE-2022-31150, undici: line ends in a header are a header of their own',
    request: { headers: { 'x-a': 'b\r\nx-injected: 1' } },
    sees: 'nothing',
    dials: 'anything',
    shows: unsendable,
  },
  {
    title: 'CVE-2022-35948, undici: line ends in the content type',
    request: { headers: { 'content-type': 'a/b\r\n\r\nGET /x HTTP/1.1' } },
    sees: 'nothing',
    dials: 'anything',
    shows: unsendable,
  },
  {
    title: 'CVE-2023-23936, undici: line ends in the host',
    request: { headers: { host: 'x.example\r\nx-injected: 1' } },
    sees: 'nothing',
    dials: 'anything',
    shows: unsendable,
  },
  {
    title: 'CVE-2022-35949, undici: a path that begins with // goes to another host',
    url: 'http://127.0.0.1:PORT//127.0.0.2:9/',
    sees: ['POST //127.0.0.2:9/ HTTP/1.1'],
    shows: ok,
  },
  {
    title: 'CVE-2024-30260, undici: a redirect to another origin takes credentials along',
    request: { headers: { authorization: 'Bearer x', 'proxy-authorization': 'Basic x', cookie: 'a=b' } },
    answers: redirects('308 Permanent Redirect', 'http://127.0.0.2:9/'),
    shows: {
      outcome: 'rejected',
      statusCode: 308,
      message: 'redirects are not followed (308 to http://127.0.0.2:9)',
    },
  },
  {
    title: 'CVE-2026-22036, undici: a thousand steps of decompression',
    answers: (socket) => {
      const body = gzipSync('x');
      const steps = Array.from({ length: 1000 }, () => 'gzip').join(', ');
      socket.write(`HTTP/1.1 200 OK\r\ncontent-encoding: ${steps}\r\ncontent-length: ${body.length}\r\n\r\n`);
      socket.write(body);
    },
    shows: { ...ok, body: /./ },
  },
  {
    title: 'CVE-2025-47279, undici: certificates that are no good, again and again',
    url: 'https://127.0.0.1:PORT/',
    certificate: createCertificate({ names: ['127.0.0.1'] }),
    times: 20,
    sees: 'nothing',
    dials: Array.from({ length: 20 }, () => '127.0.0.1:PORT'),
    shows: { outcome: 'tls', message: 'self-signed certificate' },
  },
];

export const advisories: readonly Row[] = [...senders, ...client];
