// Spellings of a URL: those that every parser reads alike, and what kubectl answers to the rest.
import { at, quoted, type Row, wrongType } from './row.ts';

const start = 'must start with https:// (or http://, where the administrator allows it)';
const printable = 'must be printable ASCII without spaces and backslashes: percent-encode other characters';
const fragment = 'must have no fragment: remove the # and what follows';
const userName = 'must have no user name or password in front of the host';
const host =
  'must name the host as a DNS name in lower case whose last label starts with a letter (example.com), ' +
  'as a dotted IPv4 address (203.0.113.7) or as an IPv6 address in brackets ([2001:db8::7]), ' +
  'with a port from 1 to 65535 behind it if any';

const accepted = [
  'https://example.com',
  'http://example.com',
  'https://example.com/',
  'https://example.com/hooks/a?token=1&mail=a@b.example&x=%23',
  'https://example.com?x=1',
  'https://example.com/a@b',
  'https://example.com/{id}/~x/"quoted"/|',
  'https://localhost',
  'http://receiver.team-a.svc.cluster.local:8080/in',
  'https://xn--bcher-kva.example',
  'https://1.example',
  'https://a-b.c--d.example',
  `https://${'a'.repeat(63)}.example`,
  'https://example.com:1',
  'https://example.com:443/x',
  'https://example.com:65535?x',
  'https://203.0.113.7',
  'https://255.255.255.255:8443/',
  'https://0.0.0.0',
  'https://[2001:db8::7]',
  'https://[::1]:8443/x',
  'https://[::ffff:203.0.113.7]/',
];

const refused: readonly (readonly [url: string, ...messages: string[]])[] = [
  // Another scheme, or none.
  ['', start],
  ['ftp://example.com', start],
  ['HTTPS://example.com', start],
  ['javascript:alert(1)', start],
  ['file:///etc/passwd', start],
  ['//example.com', start],
  ['example.com', start],
  ['https:example.com', start],
  ['https:/example.com', start],
  [' https://example.com', start, printable],
  // No host.
  ['https://', host],
  ['https:///hooks', host],
  ['https://?x', host],
  ['https://:443', host],
  // A user name.
  ['https://user@example.com', userName],
  ['https://user:password@example.com/x', userName],
  ['https://@example.com', userName],
  ['https://example.com@203.0.113.7/', userName],
  ['https://example.com%40evil.example', host],
  // A fragment.
  ['https://example.com/#top', fragment],
  ['https://example.com#', fragment],
  ['https://example.com#@evil.example/', fragment],
  // What is not printable ASCII, or not everybody's slash.
  ['https://exam\tple.com', printable],
  ['https://example.com/a b', printable],
  ['https://example.com/\n', printable],
  ['https://example.com/\u0000', printable],
  ['https://example.com/\u007f', printable],
  ['https://b\u00fccher.example', printable],
  ['https://\uff11\uff12\uff17.0.0.1', printable],
  ['https://127\u30020\u30020\u30021', printable],
  ['https://example.com/\u200b', printable],
  ['https://example.com\\@evil.example', printable, userName],
  ['https://example.com\\hooks', printable, host],
  ['https:\\\\example.com', start, printable],
  // Names.
  ['https://Example.com', host],
  ['https://example.com.', host],
  ['https://.example.com', host],
  ['https://example..com', host],
  ['https://-example.com', host],
  ['https://example-.com', host],
  ['https://my_host.example', host],
  ['https://ex%61mple.com', host],
  ['https://example,com', host],
  ['https://*.example.com', host],
  [`https://${'a'.repeat(64)}.example`, host],
  // IPv4 in other clothes.
  ['https://2130706433', host],
  ['https://0x7f000001', host],
  ['https://0x7f.0.0.1', host],
  ['https://0177.0.0.1', host],
  ['https://017700000001', host],
  ['https://127.1', host],
  ['https://127.0.0.0x1', host],
  ['https://127.0.0.1.', host],
  ['https://127.0.0.256', host],
  ['https://127.0.0.01', host],
  ['https://1.2.3.4.5', host],
  ['https://example.0x7f', host],
  // IPv6.
  ['https://::1/', host],
  ['https://[]', host],
  ['https://[::1', host],
  ['https://::1]', host],
  ['https://[2001:DB8::7]', host],
  ['https://[fe80::1%25eth0]', host],
  ['https://[v1.a]', host],
  ['https://[::1]x', host],
  // Ports.
  ['https://example.com:', host],
  ['https://example.com:0', host],
  ['https://example.com:0443', host],
  ['https://example.com:65536', host],
  ['https://example.com:99999', host],
  ['https://example.com:100000', host],
  ['https://example.com:-1', host],
  ['https://example.com:+443', host],
  ['https://example.com:https', host],
  ['https://example.com:443:443', host],
  ['https://[::1]:0', host],
];

const longest = `https://example.com/${'a'.repeat(2028)}`;

/** Of a field that is a URL. */
export function urls(path: string): readonly Row[] {
  return [
    ...accepted.map((url): Row => [`a URL may be ${url}`, at(path, url)]),
    ...refused.map(
      ([url, ...messages]): Row => [
        `a URL may not be ${JSON.stringify(url)}`,
        at(path, url),
        ...messages.map((message) => `${path}: Invalid value: ${quoted(url)}: ${message}`),
      ],
    ),
    ['a URL may have 2048 characters', at(path, longest)],
    [
      'a URL may not have 2049 characters',
      at(path, `${longest}a`),
      `${path}: Too long: may not be more than 2048 bytes`,
    ],
    ['a URL is text', at(path, 443), wrongType(path, 'string', 'integer')],
  ];
}
