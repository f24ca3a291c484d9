// Every way in which one list or one watch can fail, and the reason that a reflector gives for it.
import type { Behaviour } from '../../support/api-stand-in.ts';
import {
  expired,
  hangs,
  initializing,
  inStream,
  listWithoutVersion,
  reset,
  resetMidBody,
  silent,
  status,
  streams,
  text,
  tooLarge,
} from '../../support/misbehaviour.ts';

export interface Fault {
  of: string;
  behaviour: Behaviour;
  reason: 'api_error' | 'connection' | 'expired' | 'idle';
}

export const listFaults: readonly Fault[] = [
  { of: 'a reset', behaviour: reset, reason: 'connection' },
  { of: 'a reset inside the body', behaviour: resetMidBody('{"items":[{'), reason: 'connection' },
  { of: 'no answer', behaviour: hangs, reason: 'connection' },
  { of: '429 of a CRD that was just created', behaviour: initializing(1), reason: 'api_error' },
  { of: '401', behaviour: status(401), reason: 'api_error' },
  { of: '403', behaviour: status(403), reason: 'api_error' },
  { of: '404 of a CRD that is yet to come', behaviour: text(404, '404 page not found'), reason: 'api_error' },
  { of: '410', behaviour: status(410), reason: 'expired' },
  { of: '500', behaviour: status(500), reason: 'api_error' },
  { of: '503 of a proxy', behaviour: text(503, '<html>'), reason: 'api_error' },
  { of: '504 for a version in the future', behaviour: status(504, tooLarge), reason: 'expired' },
  { of: 'a page of a proxy', behaviour: text(200, '<html>'), reason: 'connection' },
  { of: 'half of a JSON', behaviour: text(200, '{"metadata":{"resource'), reason: 'connection' },
  { of: 'a list without a version', behaviour: listWithoutVersion, reason: 'connection' },
  { of: 'another JSON', behaviour: text(200, '[1]'), reason: 'connection' },
];

const line = (event: unknown): string => `${JSON.stringify(event)}\n`;

export const watchFaults: readonly Fault[] = [
  { of: 'a reset', behaviour: reset, reason: 'connection' },
  { of: 'no answer', behaviour: hangs, reason: 'idle' },
  { of: 'silence', behaviour: silent, reason: 'idle' },
  { of: 'its end at once', behaviour: streams(), reason: 'idle' },
  { of: '410 in the stream', behaviour: expired, reason: 'expired' },
  { of: '410', behaviour: status(410), reason: 'expired' },
  { of: '429', behaviour: initializing(1), reason: 'api_error' },
  { of: '403', behaviour: status(403), reason: 'api_error' },
  { of: '500', behaviour: status(500), reason: 'api_error' },
  { of: '500 in the stream', behaviour: inStream(500), reason: 'api_error' },
  { of: '504 for a version in the future', behaviour: status(504, tooLarge), reason: 'expired' },
  { of: 'a version in the future, in the stream', behaviour: inStream(504, tooLarge), reason: 'expired' },
  { of: 'an error without a code', behaviour: streams(line({ type: 'ERROR' })), reason: 'api_error' },
  { of: 'half a line', behaviour: streams('{"type":"ADDED","obj'), reason: 'connection' },
  { of: 'a page of a proxy', behaviour: streams('<html>\n'), reason: 'connection' },
  { of: 'a line without end', behaviour: streams(Buffer.alloc(9_000_000, 'x')), reason: 'connection' },
];
