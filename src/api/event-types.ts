// The event types, and what an endpoint may ask for.
import { z } from 'zod';
import { atomicList } from './fields.ts';

export const eventTypes = [
  'analysis.started',
  'analysis.progress',
  'analysis.completed',
  'analysis.failed',
] as const;

export type EventType = (typeof eventTypes)[number];

export const everyEvent = 'analysis.*';

export const eventFilter = () => atomicList(z.enum([...eventTypes, everyEvent]), 5);

export type EventFilter = readonly (EventType | typeof everyEvent)[];
