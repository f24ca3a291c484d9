// Where a tenant might point an endpoint: the cluster, the machine, the cloud's metadata, in every spelling.
import { closed, denied, type Row, words } from './row.ts';

const unreadable = /^the URL must /;

/** 127.0.0.2 has a trap that nothing may touch; parsers of the web find it in all of these. */
const spellings: readonly Row[] = [
  ...words(`
    http://2130706434:PORT/ http://0x7f000002:PORT/ http://0x7f.0.0.2:PORT/ http://0x7F.0x0.0x0.0x2:PORT/
    http://0177.0.0.02:PORT/ http://017700000002:PORT/ http://127.2:PORT/ http://127.0.2:PORT/
    http://127.0.0.2.:PORT/ http://127.000.000.002:PORT/ http://127.0.0.0x2:PORT/
    http://%31%32%37.0.0.2:PORT/ http://127%2e0%2e0%2e2:PORT/ http://１２７.0.0.2:PORT/
    http://127。0。0。2:PORT/ http://①②⑦.0.0.2:PORT/
    http://[::ffff:127.0.0.2]:PORT/ http://[::FFFF:7F00:2]:PORT/ http://[0:0:0:0:0:ffff:7f00:2]:PORT/
    http://[0000::ffff:7f00:0002]:PORT/ http://[::1%25lo]:PORT/ http://[::127.0.0.2]:PORT/
    http://LOCALHOST:PORT/ http://localhost.:PORT/ http://lo%63alhost:PORT/
    HTTP://127.0.0.2:PORT/ http:127.0.0.2:PORT/ http:///127.0.0.2:PORT/ http:/127.0.0.2:PORT/ //127.0.0.2:PORT/
    http://a@127.0.0.2:PORT/ http://127.0.0.1:PORT@127.0.0.2:PORT/ http://127.0.0.1%00@127.0.0.2:PORT/
    http://127.0.0.1:PORT\\@127.0.0.2:PORT/ http:\\\\127.0.0.2:PORT/ http://127.0.0.1:PORT#@127.0.0.2:PORT/
    http://127.0.0.2:0PORT/ http://127.0.0.2:PORT:PORT/
    ftp://127.0.0.2:PORT/ file:///etc/passwd gopher://127.0.0.2:PORT/_POST data:text/plain,x
    javascript:alert(1) unix:///var/run/docker.sock ws://127.0.0.2:PORT/ http+unix://%2Fvar%2Frun%2Fdocker.sock/
  `),
  'http://127.0.0.2\t:PORT/',
  'http://127.0.\n0.2:PORT/',
  '\u0000http://127.0.0.2:PORT/',
  ' http://127.0.0.2:PORT/',
  'http://127.0.0.2:PORT/ HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n',
  'http://127.0.0.\u00ad2:PORT/',
  '',
].map((url) => denied(`the spelling ${JSON.stringify(url)}`, url, unreadable));

const ipv4 = words(`
  0.0.0.0 10.0.0.1 100.64.0.1 100.100.100.200 127.0.0.2 127.255.255.254 168.63.129.16 169.254.0.1
  169.254.169.254 169.254.170.2 169.254.170.23 172.16.0.1 172.31.255.255 192.0.0.1 192.0.0.192 192.0.2.1
  192.88.99.1 192.168.0.1 198.18.0.1 198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.250 240.0.0.1
  255.255.255.255
`).map((address) => denied(`the address ${address}`, `http://${address}:PORT/`, closed(address, 32)));

const ipv6 = words(`
  :: ::1 ::2 100::1 2001:1::1 2001:2::1 2001:10::1 2001:20::1 2001:db8::1 3fff::1 5f00::1 fc00::1 fd00::1
  fd00:ec2::254 fd00:ec2::23 fd20:ce::254 fe80::1 fec0::1 ff02::1 4000::1
`).map((address) =>
  denied(`the address ${address}`, `http://[${address}]:PORT/`, /^the address .* is not allowed/),
);

/** IPv6 addresses that lead to an IPv4 one. */
const embedded: readonly Row[] = [
  denied('IPv4-mapped loopback', 'http://[::ffff:7f00:2]:PORT/', closed('::ffff:7f00:2', 32, '127.0.0.2')),
  denied(
    'IPv4-mapped metadata',
    'http://[::ffff:a9fe:a9fe]/',
    closed('::ffff:a9fe:a9fe', 32, '169.254.169.254'),
  ),
  denied('IPv4-compatible loopback', 'http://[::7f00:2]:PORT/', closed('::7f00:2', 32, '127.0.0.2')),
  denied(
    'NAT64 of loopback',
    'http://[64:ff9b::7f00:2]:PORT/',
    /^the address 64:ff9b::7f00:2 is not allowed/,
  ),
  denied('NAT64 of metadata', 'http://[64:ff9b::a9fe:a9fe]/', /^the address .* is not allowed/),
  denied('local NAT64', 'http://[64:ff9b:1::a00:1]/', /^the address .* is not allowed/),
  denied('6to4 of loopback', 'http://[2002:7f00:2::]:PORT/', /^the address .* is not allowed/),
  denied('6to4 of a private network', 'http://[2002:a00:1::1]/', /^the address .* is not allowed/),
  denied('Teredo', 'http://[2001:0:7f00:2::1]/', /^the address .* is not allowed/),
];

/** The receiver's own network is open, this address of it is the API server's. */
const guarded: readonly Row[] = [
  denied(
    'the address of the API server in an open network',
    'https://127.0.0.5:PORT/',
    closed('127.0.0.5', 32),
  ),
  denied(
    'the address of the API server, IPv4-mapped',
    'https://[::ffff:7f00:5]:PORT/',
    closed('::ffff:7f00:5', 32, '127.0.0.5'),
  ),
  denied('a name of the API server', 'https://kubernetes.default.svc:PORT/', closed('127.0.0.5', 32), {
    zone: () => ['127.0.0.5'],
  }),
];

const names: readonly Row[] = ['localhost', 'a.localhost', 'b.a.localhost'].map((host) =>
  denied(`the name ${host}, which needs no DNS`, `http://${host}:PORT/`, /^the address ::1 is not allowed/),
);

const ports: readonly Row[] = words('22 25 2379 3306 6379 6443 10250').map((port) =>
  denied(
    `port ${port} of a public address`,
    `https://8.8.8.8:${port}/`,
    `the port ${port} is not allowed: an administrator can add it to --egress-ports`,
  ),
);

export const addresses: readonly Row[] = [
  ...spellings,
  ...ipv4,
  ...ipv6,
  ...embedded,
  ...guarded,
  ...names,
  ...ports,
];
