// What the tests of bodies start from: an analysis, an endpoint of each format, and events as the ladder gives them.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { EventType } from '../../../src/api/event-types.ts';
import type { LedgerEvent } from '../../../src/api/ledger.ts';
import type { Format } from '../../../src/api/webhook-endpoint.ts';
import { type Body, type BodyInput, bodyOf, type PingInput } from '../../../src/events/body.ts';
import type { Observed } from '../../../src/events/ladder.ts';
import { parseLossless } from '../../../src/kube/lossless.ts';
import { analysisOf, endpointOf, opened, see, timeAt } from './samples.ts';

type Fields = Readonly<Record<string, unknown>>;

export const url = 'https://partner.example.com/hook';

export const endpointUid = '7c1f5a52-8f0e-4f57-9d53-0f6a2f0d9b1e';

export const analysis = analysisOf({ analysisId: 'video-42', customId: 'clip-7', feedId: 'Camera_123456' });

/** What is first seen so becomes these events. */
export function eventsOf(observed: Observed, time = timeAt(1.5)): readonly LedgerEvent[] {
  return see(opened, observed, time).events;
}

/** One event of each type: the fifth rung while Aggregating, and a failure at 37 %. */
export const eventOf: Readonly<Record<EventType, LedgerEvent>> = {
  'analysis.started': pick(eventsOf({ phase: 'Analyzing' }), 1),
  'analysis.progress': pick(eventsOf({ phase: 'Aggregating', percentage: 40 }), 5),
  'analysis.completed': pick(eventsOf({ phase: 'Success' }), 11),
  'analysis.failed': pick(eventsOf({ phase: 'Failed', percentage: 37 }), 11),
};

export function pick(events: readonly LedgerEvent[], sequence: number): LedgerEvent {
  const event = events.find((one) => one.sequence === sequence);
  assert.ok(event !== undefined);
  return event;
}

/** The input of a body in this format. `spec` is more of the endpoint's. */
export function inputOf(
  format: Format,
  event: LedgerEvent,
  { spec = {}, ...over }: Partial<BodyInput> & { spec?: Fields } = {},
): BodyInput {
  const endpoint = { uid: endpointUid, spec: endpointOf('partner', { format, ...spec }).spec };
  return { analysis, event, endpoint, url, result: undefined, ...over };
}

export function pingOf(format: Format, spec: Fields = {}, over: Partial<PingInput> = {}): PingInput {
  const { metadata, spec: parsed } = endpointOf('partner', { format, ...spec });
  const endpoint = { uid: endpointUid, namespace: metadata.namespace, name: metadata.name, spec: parsed };
  return { endpoint, url, value: 'first try', time: timeAt(1.5), ...over };
}

/** The body, where there has to be one. */
export function sent(input: BodyInput): Body {
  const body = bodyOf(input);
  assert.ok(body !== undefined);
  return body;
}

/** What a receiver makes of it. */
export function received({ text }: Pick<Body, 'text'>): Record<string, unknown> {
  return JSON.parse(text) as Record<string, unknown>;
}

/** What a receiver of this format makes of the event. */
export function told(...input: Parameters<typeof inputOf>): Record<string, unknown> {
  return received(sent(inputOf(...input)));
}

/** One member of it, for every event of what is first seen so. */
export function toldOfAll(format: Format, member: string, observed: Observed): readonly unknown[] {
  return eventsOf(observed).map((event) => told(format, event)[member]);
}

/** A result as it is read from the API server. */
export function resultOf(json: string): Record<string, unknown> {
  return parseLossless(json) as Record<string, unknown>;
}

/** The text of a JSON file beside the tests, without the white space between its tokens. */
export function compactFile(name: string): string {
  const text = readFileSync(new URL(name, import.meta.url), 'utf8');
  return text.replaceAll(/("(?:[^"\\]|\\.)*")|\s+/g, '$1');
}
