// Ways in which an API server, or what stands between, lets its clients down.
import { type Behaviour, json, openWatch } from './api-stand-in.ts';

/** An error with a Status, as the API server words it. */
export const status =
  (code: number, body: object = {}, headers: Record<string, string> = {}): Behaviour =>
  ({ response }) => {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    json(response, code, { kind: 'Status', code, ...body });
  };

/** An answer that is as it is, JSON or not. */
export const text =
  (code: number, body: string): Behaviour =>
  ({ response }) => {
    response.writeHead(code).end(body);
  };

/** What a list of a CRD that was just created is told. */
export const initializing = (retryAfterSeconds: number): Behaviour =>
  status(
    429,
    { reason: 'TooManyRequests', message: 'storage is (re)initializing' },
    { 'retry-after': String(retryAfterSeconds) },
  );

/** No answer at all. */
export const hangs: Behaviour = () => {};

export const reset: Behaviour = ({ response }) => {
  response.socket?.resetAndDestroy();
};

/** Half of a body, then a reset. */
export const resetMidBody =
  (half: string): Behaviour =>
  ({ response }) => {
    response.writeHead(200, { 'content-length': half.length + 1000 });
    response.write(half, () => setImmediate(() => response.socket?.resetAndDestroy()));
  };

/** A watch that opens, and then neither says anything nor ends. */
export const silent: Behaviour = ({ response }) => {
  response.writeHead(200).flushHeaders();
};

/** A watch that sends these bytes and ends as if all was well. */
export const streams =
  (...pieces: readonly (string | Buffer)[]): Behaviour =>
  ({ response }) => {
    response.writeHead(200);
    for (const piece of pieces) response.write(piece);
    response.end();
  };

/** HTTP 200, and the error inside the stream. */
export const inStream = (code: number, body: object = {}): Behaviour =>
  streams(`${JSON.stringify({ type: 'ERROR', object: { kind: 'Status', code, ...body } })}\n`);

export const expired: Behaviour = inStream(410, { reason: 'Expired', message: 'too old resource version' });

/** How the API server says that a resource version lies in its future. */
export const tooLarge = {
  reason: 'Timeout',
  message: 'Timeout: Too large resource version: 900, current: 100',
  details: {
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
    retryAfterSeconds: 1,
  },
};

/** Keeps every change to itself and shows with bookmarks that it lives, for as long as the watch was asked for. */
export const bookmarksOnly: Behaviour = (request, { world }) => {
  const send = openWatch(request);
  const bookmark = () =>
    send('BOOKMARK', { kind: 'ConfigMap', metadata: { resourceVersion: String(world.version) } });
  const timer = setInterval(bookmark, 5);
  request.response.on('close', () => clearInterval(timer));
};

/** A list that does not say which version it has. */
export const listWithoutVersion: Behaviour = ({ response }) =>
  json(response, 200, { metadata: {}, items: [] });
