// What receivers answer: status lines, floods, bodies and framings that are meant to hang, fill or fool us.
import { gzipSync } from 'node:zlib';
import { answer } from '../../../support/receiver.ts';
import type { Row, Shown } from './row.ts';

type Answers = NonNullable<Row['answers']>;

const sees = ['POST /hook HTTP/1.1'];

const row = (title: string, answers: Answers, shows: Shown, request: Row['request'] = {}): Row => ({
  title,
  answers,
  sees,
  shows,
  request,
});

const says =
  (...parts: readonly (string | Buffer)[]): Answers =>
  (socket) => {
    for (const part of parts) socket.write(typeof part === 'string' ? Buffer.from(part, 'latin1') : part);
  };

/** Writes for as long as the other side listens. */
const floods =
  (beginning: string, piece: string): Answers =>
  (socket) => {
    socket.write(beginning);
    const pump = (): void => {
      while (socket.writable && socket.write(piece)) continue;
      socket.once('drain', pump);
    };
    pump();
  };

const drips =
  (beginning: string, piece: string): Answers =>
  (socket) => {
    socket.write(beginning);
    const timer = setInterval(() => socket.write(piece), 5);
    socket.once('close', () => clearInterval(timer));
  };

const short = { timeoutMs: 60 };
/** Long enough for the status line to come first, on a busy machine too. */
const longer = { timeoutMs: 500 };
const ok = (body: string | RegExp = ''): Shown => ({
  outcome: 'delivered',
  statusCode: 200,
  message: 'answered 200 OK',
  body,
});
const noHttp: Shown = { outcome: 'unreachable', message: /^the answer is not HTTP\/1\.1/ };
const late: Shown = { outcome: 'timed_out', message: 'timed out after 0.06 s' };
const chunked = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n';
const long = (code: string): string => `HTTP/1.1 ${code}\r\ncontent-length: 1000000\r\n\r\n`;
const rejected = (statusCode: number, message: string | RegExp, more: Partial<Shown> = {}): Shown => ({
  outcome: 'rejected',
  statusCode,
  message,
  ...more,
});

const statusLines: readonly Row[] = [
  ...['HTTP/1.1 20 OK', 'HTTP/1.1 2000 OK', 'HTTP/1.1 2OO OK', 'ICY 200 OK']
    .concat([
      'HTTP/1.1200 OK',
      'http/1.1 200 OK',
      'HTTP/1.1 -200 OK',
      'SSH-2.0-OpenSSH_9.9',
      '* OK IMAP4rev1',
    ])
    .map((line) => row(`the status line ${line}`, says(`${line}\r\ncontent-length: 0\r\n\r\n`), noHttp)),
  row('the status line of HTTP/2.0, which is clear enough', says('HTTP/2.0 200 OK\r\n\r\n'), ok(), longer),
  row('a reason without end', floods('HTTP/1.1 200 ', 'x'.repeat(65_536)), late, short),
  row('bytes of a TLS alert', says(Buffer.from([0x15, 3, 3, 0, 2, 2, 40]), '\r\n\r\n'), noHttp),
  row('frames of HTTP/2', says(Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0])), noHttp),
  row('a request in place of an answer', says('GET / HTTP/1.1\r\nhost: x\r\n\r\n'), noHttp),
  row('status 999', says(answer('999 Nope')), rejected(999, 'answered 999 Nope', { status: '999 Nope' })),
  row('status 600', says(answer('600 ')), rejected(600, 'answered 600', { status: '600' })),
  row('a reason with terminal escapes', says(answer('500 \u001b[2J\u001b]0;x\u0007oops')), {
    ...rejected(500, 'answered 500 [2J]0;xoops', { status: '500 [2J]0;xoops' }),
  }),
  row('a reason of 10 KB', says(answer(`500 ${'x'.repeat(10_000)}`)), {
    ...rejected(500, /^answered 500 x{60}$/, { status: `500 ${'x'.repeat(60)}` }),
  }),
  row('blank lines before an answer', says('\r\n\r\n', answer('200 OK')), ok()),
  row('silence', () => {}, late, short),
  row('a reset', (socket) => socket.resetAndDestroy(), {
    outcome: 'unreachable',
    message: 'connection reset before an answer came',
  }),
  row('an end', (socket) => socket.end(), {
    outcome: 'unreachable',
    message: 'connection closed before an answer came',
  }),
  row('half of a status line, then the end', (socket) => socket.end('HTTP/1.1 20'), {
    outcome: 'unreachable',
    message: /./,
  }),
];

const informational: readonly Row[] = [
  row('a flood of 100 Continue', floods('', 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(100)), {
    outcome: 'unreachable',
    message: /100 Continue/,
  }),
  row(
    'a flood of 103 Early Hints',
    floods('', 'HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n'.repeat(100)),
    {
      outcome: 'unreachable',
      message: 'more than 16 informational answers (1xx)',
    },
  ),
  row('dripping 102 Processing', drips('', 'HTTP/1.1 102 Processing\r\n\r\n'), {
    outcome: 'unreachable',
    message: 'more than 16 informational answers (1xx)',
  }),
  row(
    'sixteen early hints, then an answer',
    says('HTTP/1.1 103 Hints\r\n\r\n'.repeat(16), answer('200 OK')),
    ok(),
  ),
  row('101 Switching Protocols', says('HTTP/1.1 101 S\r\nconnection: upgrade\r\nupgrade: h2c\r\n\r\n'), {
    outcome: 'unreachable',
    message: /^the receiver switched protocols \(101\)/,
  }),
];

const bodies: readonly Row[] = [
  row('dripping headers', drips('HTTP/1.1 200 OK\r\nx: ', 'y'), late, short),
  row('a dripping body', drips(long('200 OK'), 'z'), ok(/^z+$/), longer),
  row(
    'a dripping body of a failure',
    drips(long('503 Busy'), 'z'),
    {
      ...rejected(503, 'answered 503 Busy', { status: '503 Busy', body: /^z+$/ }),
    },
    longer,
  ),
  row('an endless body', floods('HTTP/1.1 200 OK\r\n\r\n', 'x'.repeat(65_536)), ok('x'.repeat(512))),
  row('endless chunks', floods(chunked, '100\r\n' + 'x'.repeat(256) + '\r\n'), ok('x'.repeat(512))),
  row('an endless extension of a chunk', floods(`${chunked}1;`, 'x'.repeat(4096)), ok(), longer),
  row('endless trailers', floods(`${chunked}1\r\nx\r\n0\r\n`, `t: ${'y'.repeat(1000)}\r\n`), ok('x')),
  row('the size of a chunk that overflows', says(`${chunked}FFFFFFFFFFFFFFFFF\r\nx`), ok()),
  row('a negative size of a chunk', says(`${chunked}-1\r\nx`), ok()),
  row('a chunk without a line end', says(`${chunked}3\r\nabcdef\r\n`), ok('abc')),
  row(
    'a reset in the middle',
    (socket) => {
      socket.write(`${long('200 OK')}part`, () => setTimeout(() => socket.resetAndDestroy(), 30));
    },
    ok('part'),
  ),
  row('an end in the middle', (socket) => socket.end(`${long('200 OK')}part`), ok('part')),
  row(
    'gzip that would inflate to 10 MB',
    (socket) => {
      const bomb = gzipSync(Buffer.alloc(10_000_000));
      socket.write(`HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: ${bomb.length}\r\n\r\n`);
      socket.write(bomb);
    },
    ok(/^(?!\0)[^]{1,512}$/),
  ),
  row(
    'bytes that are no UTF-8',
    says('HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\n\xff\xfe\xc3\x28'),
    ok('\ufffd\ufffd\ufffd('),
  ),
  row('zeros', says(answer('200 OK', '\0'.repeat(1000))), ok('')),
  row(
    'terminal escapes',
    says(answer('200 OK', '\u001b[31mred\u001b[0m\r\n\tend\n')),
    ok('[31mred[0m\r\n\tend\n'),
  ),
  row('text that is reordered on screen', says(Buffer.from(answer('200 OK', 'a\u202eb\u2066c'))), ok('abc')),
  row('characters that take six bytes in JSON', says(answer('200 OK', '<'.repeat(1000))), ok('<'.repeat(85))),
  row(
    'characters of two surrogates',
    says(Buffer.from(answer('200 OK', '😀'.repeat(200)))),
    ok('😀'.repeat(128)),
  ),
  row(
    'an echo of a secret',
    says(answer('500 x', 'your key is hunter2hunter2, right?')),
    {
      ...rejected(500, 'answered 500 x', { status: '500 x', body: 'your key is [redacted], right?' }),
    },
    { secrets: ['hunter2hunter2'] },
  ),
  row(
    'an echo of our own signature',
    says(answer('200 OK', 'got c2lnbmF0dXJlc2lnbmF0dXJl')),
    ok('got [redacted]'),
    {
      headers: { 'webhook-signature': 'v1,c2lnbmF0dXJlc2lnbmF0dXJl' },
    },
  ),
];

/** More than one answer to one request; the POST that follows must get its own. */
const smuggled: readonly Row[] = [
  row('a second answer behind the first', says(answer('200 OK', 'a') + answer('500 Smuggled', 'b')), ok('a')),
  row(
    'a second answer behind the last chunk',
    says(`${chunked}1\r\na\r\n0\r\n\r\n${answer('500 Smuggled')}`),
    ok('a'),
  ),
  row('a second answer behind a 204', says(`HTTP/1.1 204 No Content\r\n\r\n${answer('500 Smuggled', 'b')}`), {
    outcome: 'delivered',
    statusCode: 204,
    message: 'answered 204 No Content',
  }),
  row(
    'a Content-Length and chunks at once',
    says(
      `HTTP/1.1 200 OK\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n${answer('500 S')}`,
    ),
    noHttp,
  ),
  row(
    'two lengths that differ',
    says('HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 5\r\n\r\nabcde'),
    noHttp,
  ),
  row('a length of 1e3', says('HTTP/1.1 200 OK\r\ncontent-length: 1e3\r\n\r\nabc'), noHttp),
  row('a negative length', says('HTTP/1.1 200 OK\r\ncontent-length: -5\r\n\r\nabc'), noHttp),
  row(
    'a length that overflows',
    says('HTTP/1.1 200 OK\r\ncontent-length: 99999999999999999999\r\n\r\nabc'),
    noHttp,
  ),
  row(
    'chunks within gzip',
    says('HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n1\r\na\r\n0\r\n\r\n'),
    ok('a'),
  ),
  row(
    'chunks that are not the last encoding',
    (socket) => {
      socket.end('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked, gzip\r\n\r\nraw');
    },
    ok('raw'),
  ),
];

export const answersRows: readonly Row[] = [...statusLines, ...informational, ...bodies, ...smuggled];
