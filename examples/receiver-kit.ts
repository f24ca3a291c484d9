// What the receivers of the examples share: an HTTP server that prints a line for each delivery, and the check of a
// Standard Webhooks signature. It needs Node 24 and nothing else.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';

export interface Webhook {
  readonly headers: IncomingHttpHeaders;
  /** The very bytes that were sent: a signature is over these, and not over what a parser makes of them. */
  readonly body: Buffer;
}

export interface Answer {
  readonly status: number;
  /** What is printed; everything after the first line is indented. */
  readonly lines: readonly string[];
}

/** Far more than any webhook of Heliograph has, which leaves out results above 256 KiB. */
const maxBytes = 1024 * 1024;

/** From the sender's clock to ours. What is older may be a copy that somebody has kept. */
const toleranceSeconds = 5 * 60;

/** Ends the process with exit code 2 where WEBHOOK_SECRET is no signing secret. */
export function secretFromEnvironment(): string {
  const secret = process.env['WEBHOOK_SECRET'] ?? '';
  if (/^whsec_[A-Za-z0-9+/]+=*$/.test(secret)) return secret;
  console.error('receiver: WEBHOOK_SECRET must be the signing secret: whsec_ and base64, as in secret.yaml');
  return process.exit(2);
}

/** Why a request is not to be trusted; undefined when it is signed with the secret, and not long ago. */
export function refusalOf({ headers, body }: Webhook, secret: string): string | undefined {
  const [id, timestamp, signatures] = ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map(
    (name) => headers[name],
  );
  if (typeof id !== 'string' || typeof timestamp !== 'string' || typeof signatures !== 'string')
    return 'it is not signed';
  const ageSeconds = Date.now() / 1000 - Number(timestamp);
  if (!/^\d+$/.test(timestamp) || Math.abs(ageSeconds) > toleranceSeconds)
    return 'its timestamp is more than 5 minutes away';
  const key = Buffer.from(secret.replace('whsec_', ''), 'base64');
  const expected = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest();
  // While the sender changes from one secret to the next there are several signatures; one that fits is enough.
  const fits = signatures.split(' ').some((signature) => {
    const [version, value = ''] = signature.split(',');
    const given = Buffer.from(value, 'base64');
    // An ordinary comparison takes the longer the more of a guess is right.
    return version === 'v1' && given.length === expected.length && timingSafeEqual(given, expected);
  });
  return fits ? undefined : 'its signature is wrong';
}

/** What came, parsed; undefined where it is no JSON. */
export function jsonOf({ body }: Webhook): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}

/** Whether it is an object that has these members, of these types. */
export function hasMembers(value: unknown, types: Readonly<Record<string, string>>): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(types).every(
    ([name, type]) => typeof Reflect.get(value, name) === type && Reflect.get(value, name) !== null,
  );
}

/** Whether somebody only wants to know if we are there; `member` has the type of an event. */
export function isPing(value: unknown, member: string): boolean {
  return typeof value === 'object' && value !== null && Reflect.get(value, member) === 'webhook.ping';
}

/** 200, which every contract takes for an acknowledgement; in columns that are as wide as these mostly are. */
export function accepted(...columns: readonly string[]): Answer {
  return { status: 200, lines: [columns.join('  ').trimEnd()] };
}

/** The sender tries again, up to its limit. */
export function refused(status: number, why: string): Answer {
  return { status, lines: [`refused with ${status}: ${why}`] };
}

/** Serves until a signal. The handler decides at once: what takes long is done after the answer, or the sender gives up. */
export function serve(portText: string, handle: (webhook: Webhook) => Answer): void {
  const port = Number(portText);
  if (!/^\d{1,5}$/.test(portText) || port > 65_535) {
    fail(`'${portText}' is not a port from 0 to 65535`, 2);
    return;
  }
  const server = createServer((request, response) => void respond(request, response, handle));
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

async function respond(
  request: IncomingMessage,
  response: ServerResponse,
  handle: (webhook: Webhook) => Answer,
): Promise<void> {
  const body = await read(request).catch(() => undefined);
  if (request.method !== 'POST' || body === undefined) {
    response.writeHead(400, { connection: 'close' }).end('POST a webhook of Heliograph here\n');
    return;
  }
  const { status, lines } = handle({ headers: request.headers, body });
  response.writeHead(status, { 'content-type': 'text/plain' });
  response.end(status === 200 ? 'webhook received\n' : `${lines[0]}\n`);
  // Whoever sends control characters must not paint on this terminal.
  console.log(lines.map((line) => line.replaceAll(/\p{C}/gu, '?')).join('\n'));
}

async function read(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    if (!Buffer.isBuffer(chunk)) continue;
    bytes += chunk.length;
    if (bytes > maxBytes) throw new Error('too much');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function fail(message: string, exitCode: number): void {
  console.error(`receiver: ${message}`);
  process.exitCode = exitCode;
}
