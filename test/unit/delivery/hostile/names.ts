// What the DNS of a tenant may answer to get a request where it must not go.
import type { Zone } from '../../../support/dns-server.ts';
import { answer } from '../../../support/receiver.ts';
import { closed, denied, type Row } from './row.ts';

/** Each question gets the next answer, the last one for ever; A and AAAA are questions of their own. */
function inTurn(...answers: readonly (readonly string[])[]): Zone {
  let asked = 0;
  return () => answers[Math.min(asked++, answers.length - 1)] ?? [];
}

const url = 'http://x.example:PORT/hook';
const here = ['127.0.0.1'];
const sees = [/^host: x\.example:\d+$/];
const closes: NonNullable<Row['answers']> = (socket) =>
  socket.end(answer('200 OK', 'ok', 'connection: close'));

export const names: readonly Row[] = [
  denied(
    'a name of the metadata service',
    'http://metadata.google.internal/',
    closed('169.254.169.254', 32),
    {
      zone: () => ['169.254.169.254'],
    },
  ),
  denied('a name of loopback', url, closed('127.0.0.2', 32), { zone: () => ['127.0.0.2'] }),
  denied('a name of loopback by IPv6', url, closed('::1', 128), { zone: () => ['::1'] }),
  denied('a good address, then a closed one', url, closed('127.0.0.2', 32), {
    zone: () => ['127.0.0.1', '127.0.0.2'],
  }),
  denied('a closed address, then a good one', url, closed('10.0.0.1', 32), {
    zone: () => ['10.0.0.1', '127.0.0.1'],
  }),
  denied('a good A and a closed AAAA', url, closed('fd00::1', 128), { zone: () => ['127.0.0.1', 'fd00::1'] }),
  denied('a good A and metadata as IPv4-mapped AAAA', url, /^the address ::ffff:.* is not allowed/, {
    zone: () => ['127.0.0.1', '::ffff:a9fe:a9fe'],
  }),
  denied('a good A and NAT64 of loopback as AAAA', url, /^the address 64:ff9b::.* is not allowed/, {
    zone: () => ['127.0.0.1', '64:ff9b::7f00:2'],
  }),
  denied('the unspecified address, which Linux takes for this machine', url, closed('0.0.0.0', 32), {
    zone: () => ['0.0.0.0'],
  }),
  denied('a closed address behind many good ones', url, closed('127.0.0.2', 32), {
    zone: () => [...Array.from({ length: 20 }, () => '127.0.0.1'), '127.0.0.2'],
  }),
  {
    title: 'an answer that changes between the questions for A and AAAA is dialled as it was checked',
    url,
    zone: inTurn(here, ['127.0.0.2']),
    sees,
    shows: { outcome: 'delivered', statusCode: 200, message: 'answered 200 OK' },
  },
  denied(
    'rebinding: a good answer for the first attempt, a closed one for the next',
    url,
    closed('127.0.0.2', 32),
    {
      zone: inTurn(here, here, ['127.0.0.2']),
      answers: closes,
      times: 2,
      sees,
      dials: ['127.0.0.1:PORT'],
    },
  ),
  {
    title: 'rebinding back: a closed answer for the first attempt, a good one for the next',
    url,
    zone: inTurn(['127.0.0.2'], ['127.0.0.2'], here),
    times: 2,
    sees,
    shows: { outcome: 'delivered', statusCode: 200, message: 'answered 200 OK' },
  },
  {
    title: 'thirty addresses where nobody listens cost four attempts',
    url: 'http://x.example:CLOSED/',
    zone: () => Array.from({ length: 30 }, () => '127.0.0.1'),
    sees: 'nothing',
    dials: Array.from({ length: 4 }, () => '127.0.0.1:CLOSED'),
    shows: { outcome: 'unreachable', message: 'connection refused' },
  },
  {
    title: 'a name that does not exist',
    url,
    sees: 'nothing',
    shows: { outcome: 'unreachable', message: 'host not found: x.example' },
  },
  {
    title: 'a DNS server that stays silent',
    url,
    zone: () => 'silent',
    sees: 'nothing',
    shows: {
      outcome: 'unreachable',
      message: 'could not look up the host x.example: the DNS server did not answer',
    },
  },
  {
    title: 'a name from /etc/hosts and search domains, which do not count',
    url: 'http://ip6-localhost:PORT/',
    sees: 'nothing',
    shows: {
      outcome: 'unreachable',
      message:
        'host not found: ip6-localhost (search domains do not count: write the name in full, such as ' +
        'ip6-localhost.NAMESPACE.svc.cluster.local)',
    },
  },
];
