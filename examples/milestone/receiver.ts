// A small receiver to try webhooks with. It prints one line for each delivery, and says what a real receiver has to
// look out for: the same event again, and an event that is older than one it has seen.
//
//   node receiver.ts [PORT]      8888 without; 0 is any free port
//
// It needs Node 24 and nothing else.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

/** What Heliograph sends in the Milestone format. */
interface Milestone {
  analysis_id: string;
  event_type: string;
  status: string;
  percentage: number;
  sequence: number;
  timestamp: string;
}

/** Far more than any event has; who sends more is not Heliograph. */
const maxBytes = 64 * 1024;

/** All events so far, by their webhook-id: an event that is sent again keeps it. */
const seen = new Set<string>();
/** The highest sequence so far of each analysis. */
const highest = new Map<string, number>();

listen(process.argv[2] ?? '8888');

function listen(text: string): void {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65_535) {
    fail(`'${text}' is not a port from 0 to 65535`, 2);
    return;
  }
  const server = createServer((request, response) => void answer(request, response));
  server.on('error', (error: NodeJS.ErrnoException) =>
    fail(error.code === 'EADDRINUSE' ? `port ${port} is taken: give it another one` : error.message, 1),
  );
  server.listen(port, '127.0.0.1', () => {
    const address = server.address();
    const bound = typeof address === 'object' && address !== null ? address.port : port;
    console.log(`listening on http://127.0.0.1:${bound}`);
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit());
}

/** Answers at once: whatever takes longer than this line should be done afterwards, or the sender gives up waiting. */
async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const text = await read(request).catch(() => undefined);
  const event = text === undefined ? undefined : parse(text);
  if (request.method !== 'POST' || event === undefined) {
    response.writeHead(400).end('POST a webhook of Heliograph here\n');
    return;
  }
  response.writeHead(200, { 'content-type': 'text/plain' }).end('webhook received\n');
  console.log(lineOf(event, judge(event, String(request.headers['webhook-id']))));
}

/** What to do with an event: '' is new, and in order. */
function judge({ analysis_id, sequence }: Milestone, id: string): string {
  if (seen.has(id)) return 'duplicate: seen before, ignore it';
  seen.add(id);
  const last = highest.get(analysis_id) ?? 0;
  if (sequence <= last) return `out of order: ${last} was here before, ignore it`;
  highest.set(analysis_id, sequence);
  return '';
}

function lineOf({ analysis_id, event_type, percentage, sequence }: Milestone, remark: string): string {
  const columns = [
    analysis_id.padEnd(14),
    String(sequence).padStart(2),
    event_type.padEnd(18),
    `${String(percentage).padStart(3)} %`,
    remark,
  ];
  return columns.join('  ').trimEnd();
}

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    if (!Buffer.isBuffer(chunk)) continue;
    bytes += chunk.length;
    if (bytes > maxBytes) throw new Error('too much');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parse(text: string): Milestone | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isMilestone(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isMilestone(value: unknown): value is Milestone {
  if (typeof value !== 'object' || value === null) return false;
  const types = { analysis_id: 'string', event_type: 'string', percentage: 'number', sequence: 'number' };
  return Object.entries(types).every(([name, type]) => typeof Reflect.get(value, name) === type);
}

function fail(message: string, exitCode: number): void {
  console.error(`receiver: ${message}`);
  process.exitCode = exitCode;
}
