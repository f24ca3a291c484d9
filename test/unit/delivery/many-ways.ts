// Ways to answer that are meant to cost the sender memory, time or connections.
import type { Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { answer } from '../../support/receiver.ts';

type Way = (socket: Socket) => void;

const bomb = gzipSync(Buffer.alloc(1_000_000));
const body = Buffer.alloc(40_000, 'x');

const ways: Readonly<Record<string, Way>> = {
  large: (socket) => {
    socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2000000000\r\n\r\n');
    socket.write(body);
  },
  chunks: (socket) => {
    socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n');
    for (let at = 0; at < 70; at += 1) socket.write(`100\r\n${'y'.repeat(256)}\r\n`);
  },
  bomb: (socket) => {
    socket.write(`HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: ${bomb.length}\r\n\r\n`);
    socket.write(bomb);
  },
  headers: (socket) => socket.write(`HTTP/1.1 200 OK\r\nx: ${'z'.repeat(20_000)}\r\n\r\n`),
  hints: (socket) => socket.write('HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n'.repeat(30)),
  nonsense: (socket) => socket.write('* OK IMAP4rev1\r\n\r\n'),
  two: (socket) => socket.write(answer('200 OK', 'a') + answer('500 Smuggled', 'b')),
  redirect: (socket) => socket.write(answer('302 Found', '', 'location: http://127.0.0.2:9/')),
  escapes: (socket) => socket.write(answer('500 Oops', '\u001b[2J\u202e<>&"'.repeat(500))),
  later: (socket) => socket.write(answer('503 Busy', 'busy', 'retry-after: 99999')),
  cut: (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\npart'),
  reset: (socket) => socket.resetAndDestroy(),
  end: (socket) => socket.end(),
  silence: () => {},
  drips: (socket) => {
    const timer = setInterval(() => socket.write('x'), 5);
    socket.once('close', () => clearInterval(timer));
  },
};

/** Those that need no answer: a bad certificate, and an address that is closed. */
export const wayNames: readonly string[] = [...Object.keys(ways), 'certificate', 'denied'];

/** Answers in the way that the path of the request names. */
export function answerInOneWay(socket: Socket, request: string): void {
  const [, name = ''] = /^POST \/(\w+)/.exec(request) ?? [];
  ways[name]?.(socket);
}
