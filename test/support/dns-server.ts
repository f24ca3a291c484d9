// A DNS server on loopback that answers what a test tells it to, or nothing at all.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv4 } from 'node:net';

/** Addresses of a name; none is NXDOMAIN; `silent` is no answer, as of a server that is down. */
export type Zone = (name: string) => readonly string[] | 'silent';

export interface DnsServer {
  /** For `Resolver.setServers`. */
  address: string;
  /** Questions so far, as `A x.example`. */
  questions: string[];
  close(): void;
}

/** Starts one whose zone may change its mind between questions. */
export async function startDnsServer(zone: Zone): Promise<DnsServer> {
  const socket = createSocket('udp4');
  const questions: string[] = [];
  socket.on('message', (query, { address, port }) => {
    const { name, type, end } = readQuestion(query);
    questions.push(`${type} ${name}`);
    const addresses = zone(name);
    if (addresses !== 'silent') socket.send(answer(query, end, type, addresses), port, address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return { address: `127.0.0.1:${socket.address().port}`, questions, close: () => socket.close() };
}

/** RFC 1035, 4.1.2: labels with their lengths, then the type. */
function readQuestion(query: Buffer): { name: string; type: 'A' | 'AAAA'; end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = query.readUInt8(at); length > 0; length = query.readUInt8(at)) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join('.'), type: query.readUInt16BE(at + 1) === 28 ? 'AAAA' : 'A', end: at + 5 };
}

function answer(query: Buffer, end: number, type: 'A' | 'AAAA', addresses: readonly string[]): Buffer {
  const records = addresses.filter((one) => isIPv4(one) === (type === 'A')).map(record);
  const header = Buffer.from(query.subarray(0, 12));
  const isUnknown = addresses.length === 0;
  header.writeUInt16BE(isUnknown ? 0x8183 : 0x8180, 2);
  header.writeUInt16BE(records.length, 6);
  header.writeUInt32BE(0, 8);
  return Buffer.concat([header, query.subarray(12, end), ...records]);
}

/** The name is a pointer to the question's; the time to live is 0. */
function record(address: string): Buffer {
  const data = isIPv4(address) ? Buffer.from(address.split('.').map(Number)) : ipv6Bytes(address);
  const head = Buffer.from([0xc0, 12, 0, isIPv4(address) ? 1 : 28, 0, 1, 0, 0, 0, 0, 0, data.length]);
  return Buffer.concat([head, data]);
}

/** Understands one `::`. */
function ipv6Bytes(address: string): Buffer {
  const [head = '', tail = ''] = address.split('::');
  const [before, after] = [groups(head), groups(tail)];
  const all = [...before, ...Array<number>(8 - before.length - after.length).fill(0), ...after];
  return Buffer.from(all.flatMap((group) => [group >> 8, group & 0xff]));
}

const groups = (text: string): number[] =>
  text === '' ? [] : text.split(':').map((one) => Number.parseInt(one, 16));
