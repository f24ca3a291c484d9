// The receiver of webhooks, a process of its own: answers 200 at once and notes when each request came.
//
//   node bench/receiver-process.ts PORT
//
// POST /NAME            a webhook; each run of the benchmark has a name
// POST /NAME/ID         the same from who cannot set the header webhook-id to ID
// POST /hang            is never answered
// GET  /NAME?distinct=N answers when N different events have come to that name
// GET  /NAME            what has come to that name, as JSON: [[webhook-id, ms], …] in the order it came
import { createServer, type ServerResponse } from 'node:http';
import { nowMs } from './clock.ts';

/** A webhook-id, and when its request came, in ms of the system's monotonic clock. */
export type Arrival = readonly [id: string, atMs: number];

class Journal {
  readonly arrivals: Arrival[] = [];
  readonly #ids = new Set<string>();
  #waiting: { distinct: number; response: ServerResponse }[] = [];

  note(arrival: Arrival): void {
    this.arrivals.push(arrival);
    this.#ids.add(arrival[0]);
    if (this.#waiting.length > 0) this.#answer();
  }

  answerAt(distinct: number, response: ServerResponse): void {
    this.#waiting.push({ distinct, response });
    this.#answer();
  }

  #answer(): void {
    for (const { distinct, response } of this.#waiting) if (distinct <= this.#ids.size) response.end();
    this.#waiting = this.#waiting.filter(({ distinct }) => distinct > this.#ids.size);
  }
}

const journals = new Map<string, Journal>();

function journalOf(path: string): Journal {
  const known = journals.get(path);
  if (known !== undefined) return known;
  const journal = new Journal();
  journals.set(path, journal);
  return journal;
}

const server = createServer((request, response) => {
  const atMs = nowMs();
  const { method, url = '/', headers } = request;
  request.resume();
  if (method === 'POST') {
    if (url === '/hang') return;
    response.end();
    const [, name, id] = url.split('/');
    journalOf(`/${name}`).note([String(id ?? headers['webhook-id']), atMs]);
    return;
  }
  const { pathname, searchParams } = new URL(url, 'http://localhost');
  const distinct = searchParams.get('distinct');
  if (distinct === null) response.end(JSON.stringify(journalOf(pathname).arrivals));
  else journalOf(pathname).answerAt(Number(distinct), response);
});
// Who delivers keeps connections for as long as it likes.
server.keepAliveTimeout = 0;
server.listen(Number(process.argv[2]), '127.0.0.1');
