// Which events an endpoint may ask for, and the names that it may give them.
import { quoted, type Row, wrongType } from './row.ts';

const asking = (...events: string[]) => ({ spec: { events } });
const naming = (eventTypeNames: object, ...events: string[]) => ({
  spec: { eventTypeNames, ...(events.length === 0 ? {} : { events }) },
});

const unknown =
  'spec.events: Invalid value: must have only analysis.started, analysis.progress, analysis.completed, analysis.failed, ' +
  'analysis.*, and names that eventTypeNames gives to the first four';
const wrongKeys =
  'spec.eventTypeNames: Invalid value: must have no keys but analysis.started, analysis.progress, analysis.completed, ' +
  'analysis.failed, webhook.ping: own names are the values';
const wrongName = (name: string) =>
  `spec.eventTypeNames[analysis.completed]: Invalid value: ${quoted(name)}: must be a name of letters, digits, -, _ and ., ` +
  'such as video.process_succeeded';

const every = {
  'analysis.started': 'video.process_started',
  'analysis.progress': 'video.process_progressed',
  'analysis.completed': 'video.process_succeeded',
  'analysis.failed': 'video.process_failed',
  'webhook.ping': 'are.you.there',
};

export const eventNames: readonly Row[] = [
  ...['analysis.started', 'analysis.progress', 'analysis.completed', 'analysis.failed', 'analysis.*'].map(
    (name): Row => [`events may be ${name} alone`, asking(name)],
  ),
  [
    'events may list all five',
    asking('analysis.started', 'analysis.progress', 'analysis.completed', 'analysis.failed', 'analysis.*'),
  ],
  [
    'events may not be empty',
    asking(),
    'spec.events: Invalid value: 0: spec.events in body should have at least 1 items',
  ],
  [
    'events may not have six',
    asking(
      'analysis.started',
      'analysis.progress',
      'analysis.completed',
      'analysis.failed',
      'analysis.*',
      'a',
    ),
    'spec.events: Too many: 6: must have at most 5 items',
  ],
  [
    'events may not name one twice',
    asking('analysis.failed', 'analysis.failed'),
    'spec.events[1]: Duplicate value: "analysis.failed"',
  ],
  [
    'a name of an event may not be longer than those that can be given',
    asking('a'.repeat(65)),
    'spec.events[0]: Too long: may not be more than 64 bytes',
  ],
  ['events are a list', { spec: { events: 'analysis.failed' } }, wrongType('spec.events', 'array', 'string')],
  ...[
    'analysis.finished',
    'Analysis.completed',
    'analysis.completed ',
    'analysis.',
    'completed',
    '*',
    '',
    // Nobody subscribes to pings: they are asked for one by one.
    'webhook.ping',
    // An own name that is given to nothing.
    'video.process_succeeded',
  ].map((name): Row => [`events may not have ${quoted(name)}`, asking('analysis.started', name), unknown]),

  ['all types and the ping may have own names', naming(every)],
  ['eventTypeNames may be empty', naming({})],
  ['events may be own names', naming(every, ...Object.values(every).slice(0, 4))],
  [
    'events may mix own names with types, those with own names too',
    naming(every, 'video.process_failed', 'analysis.failed', 'analysis.completed'),
  ],
  ['analysis.* means types with own names, too', naming(every, 'analysis.*')],
  [
    'two types may have one own name',
    naming({ 'analysis.completed': 'video.over', 'analysis.failed': 'video.over' }, 'video.over'),
  ],
  [
    'events may not have a name that is not given',
    naming(every, 'video.process_succeeded', 'video.process_ended'),
    unknown,
  ],
  ['events may not have the own name of the ping', naming(every, 'are.you.there'), unknown],
  ['events may not have an own name in another case', naming(every, 'Video.process_failed'), unknown],
  ...['analysis.*', 'analysis.finished', 'Analysis.completed', '', 'video.process_succeeded'].map(
    (key): Row => [
      `no name can be given to ${quoted(key)}`,
      naming({ 'analysis.started': 'a', [key]: 'video.process_succeeded' }),
      wrongKeys,
    ],
  ),
  [
    'eventTypeNames are not written the other way round',
    naming({ 'video.process_succeeded': 'analysis.completed' }, 'video.process_succeeded'),
    unknown,
    wrongKeys,
  ],
  ...['7', 'a', 'A-b_c.D', 'video..done', 'a'.repeat(64)].map(
    (name): Row => [`an own name may be ${name}`, naming({ 'analysis.completed': name }, name)],
  ),
  ...['', ' ', 'a b', '.a', 'a.', '-a', '_a', 'a/b', 'a:b', 'vid\u00e9o', 'a\n', 'a\r\nb', '\u0000'].map(
    (name): Row => [
      `an own name may not be ${quoted(name)}`,
      naming({ 'analysis.completed': name }),
      wrongName(name),
    ],
  ),
  [
    'an own name may not have 65 characters',
    naming({ 'analysis.completed': 'a'.repeat(65) }),
    'spec.eventTypeNames.analysis.completed: Too long: may not be more than 64 bytes',
  ],
  [
    'eventTypeNames may not have six',
    naming({ ...every, 'analysis.*': 'a' }),
    'spec.eventTypeNames: Too many: 6: must have at most 5 items',
  ],
  [
    'an own name is text',
    naming({ 'analysis.completed': 1 }),
    wrongType('spec.eventTypeNames.analysis.completed', 'string', 'integer'),
  ],
  [
    'eventTypeNames is an object',
    { spec: { eventTypeNames: ['video.done'] } },
    wrongType('spec.eventTypeNames', 'object', 'array'),
  ],
];
