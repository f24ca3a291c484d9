// The event types, the names that an endpoint's consumers have for them, and what an endpoint may ask for.
import { z } from 'zod';
import { atomicList, type Rule, text, validations } from './fields.ts';

export const eventTypes = [
  'analysis.started',
  'analysis.progress',
  'analysis.completed',
  'analysis.failed',
] as const;

export type EventType = (typeof eventTypes)[number];

export const everyEvent = 'analysis.*';

export const pingType = 'webhook.ping';

/** What a subscription keeps. */
export const subscribedEvents = () => atomicList(z.enum([...eventTypes, everyEvent]), 5);

export type EventFilter = readonly (EventType | typeof everyEvent)[];

const namedTypes: readonly string[] = [...eventTypes, pingType];

const typeName = () =>
  text(64).meta(
    validations({
      rule: "self.matches('^[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?$')",
      message: 'must be a name of letters, digits, -, _ and ., such as video.process_succeeded',
    }),
  );

/** Own names, by the type that they stand for. */
export const eventTypeNames = () =>
  z
    .record(z.string(), typeName())
    .optional()
    .meta({
      maxProperties: namedTypes.length,
      'x-kubernetes-map-type': 'atomic',
      ...validations({
        rule: `self.all(type, type in [${namedTypes.map((type) => `'${type}'`).join(', ')}])`,
        message: `must have no keys but ${namedTypes.join(', ')}: own names are the values`,
      }),
    });

export type EventTypeNames = Readonly<Record<string, string>> | undefined;

/** What consumers call a type. */
export function nameOf(type: EventType | typeof pingType, names: EventTypeNames): string {
  return names !== undefined && Object.hasOwn(names, type) ? (names[type] ?? type) : type;
}

/** What an endpoint asks for: types, all of them, or names that it has given to types. */
export const askedEvents = () => atomicList(text(64), 5);

/** The rule on the whole spec, which sees the names beside what is asked for. */
export const askedEventsRule: Rule = {
  rule:
    `!has(self.events) || self.events.all(event, event in [${[...eventTypes, everyEvent].map((type) => `'${type}'`).join(', ')}] || ` +
    '(has(self.eventTypeNames) && self.eventTypeNames.exists(type, ' +
    // A ping is not subscribed to: asking for nothing else would deliver nothing, without a word.
    `type != '${pingType}' && self.eventTypeNames[type] == event)))`,
  message: `must have only ${eventTypes.join(', ')}, ${everyEvent}, and names that eventTypeNames gives to the first four`,
  fieldPath: '.events',
};

/** The types that are meant. */
export function typesAsked(events: readonly string[], names: EventTypeNames): readonly EventType[] {
  if (events.includes(everyEvent)) return eventTypes;
  return eventTypes.filter((type) => events.includes(type) || events.includes(nameOf(type, names)));
}
