// What receivers put into headers: redirects, claims of time and credentials, floods; and what a request may carry.
import { answer } from '../../../support/receiver.ts';
import type { Row, Shown } from './row.ts';

const says =
  (text: string): NonNullable<Row['answers']> =>
  (socket) =>
    void socket.write(text, 'latin1');

const row = (title: string, text: string, shows: Shown): Row => ({ title, answers: says(text), shows });

const redirected = (code: number, line: string, to: string): Shown => ({
  outcome: 'rejected',
  statusCode: code,
  status: line,
  message: `redirects are not followed (${code} to ${to})`,
});

/** To the trap, which nothing may touch. */
const redirects: readonly Row[] = [
  ...[
    '301 Moved Permanently',
    '302 Found',
    '303 See Other',
    '307 Temporary Redirect',
    '308 Permanent Redirect',
  ].map(
    (line): Row =>
      row(
        `${line} to another address`,
        answer(line, '', 'location: http://127.0.0.2:9/secret?x'),
        redirected(Number.parseInt(line, 10), line, 'http://127.0.0.2:9'),
      ),
  ),
  row(
    'a redirect to the metadata service',
    answer('307 Temporary Redirect', '', 'location: http://169.254.169.254/latest/meta-data/'),
    redirected(307, '307 Temporary Redirect', 'http://169.254.169.254'),
  ),
  row(
    'a redirect to a file',
    answer('302 Found', '', 'location: file:///etc/passwd'),
    redirected(302, '302 Found', 'null'),
  ),
  row(
    'a redirect to nowhere',
    answer('302 Found', '', 'location: http://['),
    redirected(302, '302 Found', 'a malformed URL'),
  ),
  row(
    'two Locations',
    answer('302 Found', '', 'location: http://127.0.0.2:9/', 'location: http://a.example'),
    {
      ...redirected(302, '302 Found', 'http://127.0.0.2:9'),
    },
  ),
  row('a Location on a success', answer('201 Created', '', 'location: http://127.0.0.2:9/'), {
    outcome: 'delivered',
    statusCode: 201,
    message: 'answered 201 Created',
  }),
  row('a Refresh', answer('200 OK', '', 'refresh: 0; url=http://127.0.0.2:9/'), {
    outcome: 'delivered',
    statusCode: 200,
    message: 'answered 200 OK',
  }),
  row('an Alt-Svc and a 421', answer('421 Misdirected Request', '', 'alt-svc: h2="127.0.0.2:9"'), {
    outcome: 'rejected',
    statusCode: 421,
    message: 'answered 421 Misdirected Request',
  }),
  row('305 Use Proxy', answer('305 Use Proxy', '', 'location: http://127.0.0.2:9/'), {
    ...redirected(305, '305 Use Proxy', 'http://127.0.0.2:9'),
  }),
];

const retryAfter: readonly Row[] = (
  [
    ['-1', undefined],
    ['1e99', undefined],
    ['soon', undefined],
    ['', undefined],
    ['99999999999999999999', 3_600_000],
    ['Fri, 31 Dec 9999 23:59:59 GMT', 3_600_000],
    ['Thu, 01 Jan 1970 00:00:00 GMT', 0],
  ] as const
).map(([value, retryAfterMs]) =>
  row(`Retry-After: ${value}`, answer('503 Service Unavailable', '', `retry-after: ${value}`), {
    outcome: 'rejected',
    statusCode: 503,
    message: 'answered 503 Service Unavailable',
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  }),
);

const ok: Shown = { outcome: 'delivered', statusCode: 200, message: 'answered 200 OK' };
const overflow: Shown = {
  outcome: 'unreachable',
  message: 'the headers of the answer are larger than 16 KiB',
};
const noHttp: Shown = { outcome: 'unreachable', message: /^the answer is not HTTP\/1\.1/ };

const floods: readonly Row[] = [
  row('a header of 20 KB', answer('200 OK', '', `x: ${'y'.repeat(20_000)}`), overflow),
  row(
    'ten thousand headers',
    answer('200 OK', '', ...Array.from({ length: 10_000 }, (_, at) => `x${at}: y`)),
    overflow,
  ),
  row('a thousand short headers', answer('200 OK', '', ...Array.from({ length: 1000 }, () => 'x: y')), ok),
  row("headers of an object's prototype", answer('200 OK', '', '__proto__: x', 'constructor: y'), ok),
  row('a header without a colon', answer('200 OK', '', 'nonsense'), noHttp),
  row('a header with a zero byte', answer('200 OK', '', 'x: a\0b'), noHttp),
  row('a name with a space', answer('200 OK', '', 'x y: z'), noHttp),
  row('a folded header', answer('200 OK', '', 'x: a', ' b'), noHttp),
  row(
    'a Content-Encoding of a thousand steps',
    answer('200 OK', '', `content-encoding: ${'gzip, '.repeat(1000)}br`),
    ok,
  ),
  row('a Keep-Alive for ever', answer('200 OK', '', 'keep-alive: timeout=99999999999999999999'), ok),
];

/** Nothing that a receiver asks for is given. */
const credentials: readonly Row[] = [
  row('a 401 that asks for a password', answer('401 Unauthorized', '', 'www-authenticate: Basic realm="x"'), {
    outcome: 'rejected',
    statusCode: 401,
    message: 'answered 401 Unauthorized',
  }),
  row(
    'a 407 that asks for a proxy password',
    answer('407 Proxy Authentication Required', '', 'proxy-authenticate: NTLM'),
    {
      outcome: 'rejected',
      statusCode: 407,
      message: 'answered 407 Proxy Authentication Required',
    },
  ),
  {
    title: 'a cookie is not kept for the next request',
    answers: (socket, request) => {
      const line = /^cookie:/im.test(request) ? '500 Cookie' : '200 OK';
      socket.write(answer(line, '', 'set-cookie: a=b; path=/'));
    },
    times: 2,
    sees: [/^content-type:/],
    dials: 'anything',
    shows: ok,
  },
];

const unsendable: Shown = { outcome: 'denied', message: 'the URL or a header cannot be sent over HTTP/1.1' };

/** What must not become a header or a request of its own. */
const requests: readonly Row[] = [
  ...[
    { 'x-a': 'b\r\nx-injected: 1' },
    { 'x-a': 'b\nx-injected: 1' },
    { 'x-a\r\nx-injected': '1' },
    { 'content-type': 'application/json\r\nx-injected: 1' },
    { 'x-a': 'b\0c' },
    { 'x a': 'b' },
  ].map(
    (headers): Row => ({
      title: `the header ${JSON.stringify(headers)}`,
      request: { headers },
      sees: 'nothing',
      dials: 'anything',
      shows: unsendable,
    }),
  ),
  {
    title: 'a path that looks like another host stays a path',
    url: 'http://127.0.0.1:PORT//127.0.0.2:9/x',
    sees: ['POST //127.0.0.2:9/x HTTP/1.1', /^host: 127\.0\.0\.1:\d+$/],
    shows: ok,
  },
  {
    title: 'a path that is a URL stays a path',
    url: 'http://127.0.0.1:PORT/http://127.0.0.2:9/?http://127.0.0.2',
    sees: ['POST /http://127.0.0.2:9/?http://127.0.0.2 HTTP/1.1'],
    shows: ok,
  },
  {
    title: 'a path with line ends in percent encoding stays one line',
    url: 'http://127.0.0.1:PORT/a%0d%0aX-Injected:%201',
    sees: ['POST /a%0d%0aX-Injected:%201 HTTP/1.1'],
    shows: ok,
  },
];

export const headers: readonly Row[] = [...redirects, ...retryAfter, ...floods, ...credentials, ...requests];
