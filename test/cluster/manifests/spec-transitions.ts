// When the spec of an Analysis may change, and what kubectl answers to the rest.
import type { Transition } from './transitions.ts';
import { edit, worker } from './writes.ts';

const fixedSpec =
  'spec: Forbidden: must stay as it is once the analysis has started (status.phase has left Queued): set notifyViaWebhook ' +
  'and the rest before, or create a new Analysis';
const fixedId = 'spec.analysisId: Forbidden: must be set when the Analysis is created, and cannot change';

const analyzing = worker({ phase: 'Analyzing', percentage: 40 });
const success = worker({ phase: 'Success', percentage: 100 });

/** Of an Analysis that says nothing. */
export const specTransitions: readonly Transition[] = [
  ['a spec may change before the start', [], edit({ spec: { notifyViaWebhook: true } })],
  [
    'a spec may change while the analysis is queued',
    [worker({ phase: 'Queued' })],
    edit({ spec: { notifyViaWebhook: true } }),
  ],
  ['nobody opts in after the start', [analyzing], edit({ spec: { notifyViaWebhook: true } }), fixedSpec],
  [
    'nobody opts out after the start',
    [edit({ spec: { notifyViaWebhook: true } }), analyzing],
    edit({ spec: { notifyViaWebhook: false } }),
    fixedSpec,
  ],
  [
    'a spec is not removed after the start',
    [edit({ spec: { notifyViaWebhook: true } }), success],
    edit({ spec: null }),
    fixedSpec,
  ],
  ['labels may change after the start', [analyzing], edit({ metadata: { labels: { a: 'b' } } })],
  ...Object.entries({ customId: 'a', feedId: 'a', webhookUrl: 'https://example.com' }).flatMap(
    ([field, value]): Transition[] => [
      [`${field} may be added before the start`, [], edit({ spec: { [field]: value } })],
      [`${field} is not added after the start`, [analyzing], edit({ spec: { [field]: value } }), fixedSpec],
      [`${field} is not added after the end`, [success], edit({ spec: { [field]: value } }), fixedSpec],
    ],
  ),
  ['an id is not added later', [], edit({ spec: { analysisId: 'mine' } }), fixedId],
  [
    'an id is not added after the start',
    [success],
    edit({ spec: { analysisId: 'mine' } }),
    fixedSpec,
    fixedId,
  ],
];

/** All that a spec can say. */
export const fullSpec = {
  analysisId: 'mine',
  customId: 'custom',
  feedId: 'feed',
  notifyViaWebhook: true,
  webhookUrl: 'https://example.com/jobs/7',
};

/** Of an Analysis that says all of it from the start. */
export const specTransitionsOfFull: readonly Transition[] = [
  ...['customId', 'feedId', 'webhookUrl'].flatMap((field): Transition[] => {
    const other = edit({ spec: { [field]: 'https://example.com/other' } });
    const none = edit({ spec: { [field]: null } });
    return [
      [`${field} may change before the start`, [], other],
      [`${field} may be removed while the analysis is queued`, [worker({ phase: 'Queued' })], none],
      [`${field} does not change after the start`, [analyzing], other, fixedSpec],
      [`${field} is not removed after the start`, [analyzing], none, fixedSpec],
      [`${field} does not change after the end`, [success], other, fixedSpec],
      [`${field} is not removed after the end`, [success], none, fixedSpec],
    ];
  }),
  ['a spec may be written again after the start', [analyzing], edit({ spec: fullSpec })],
  ['a spec is not removed after the start', [analyzing], edit({ spec: null }), fixedSpec, fixedId],
  ['an id does not change', [], edit({ spec: { analysisId: 'other' } }), fixedId],
  ['an id is not removed', [], edit({ spec: { analysisId: null } }), fixedId],
  ['an id may be written again', [success], edit({ spec: { analysisId: 'mine' } })],
];
