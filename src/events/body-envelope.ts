// The Envelope format: what every event has outside, what the analysis has to say in `data`. The receiver's
// answer, which its contract shows beside them, is recorded in status and not sent.
import { pingType } from '../api/event-types.ts';
import { pingId, webhookId } from './body-ids.ts';
import { analysisIdOf, type BodyFormat, type BodyInput, jsonBody } from './body-input.ts';
import { milestoneStatus } from './body-milestone.ts';
import { sentName } from './body-names.ts';

export const envelope: BodyFormat = {
  event: ({ analysis, event, endpoint }) =>
    wrap(endpoint, {
      id: webhookId(analysis.metadata.uid, event.sequence),
      namespace: analysis.metadata.namespace,
      time: event.time,
      type: sentName(event.type, endpoint.spec),
      data: {
        analysis_id: analysisIdOf(analysis),
        status: milestoneStatus(event.type),
        percentage: event.percentage,
        sequence: event.sequence,
      },
    }),
  ping: ({ endpoint, value, time }) =>
    wrap(endpoint, {
      id: pingId(endpoint.uid, value),
      namespace: endpoint.namespace,
      time,
      type: sentName(pingType, endpoint.spec),
      data: {},
    }),
};

interface Content {
  readonly id: string;
  readonly namespace: string;
  readonly time: string;
  readonly type: string;
  readonly data: object;
}

function wrap({ uid, spec }: BodyInput['endpoint'], { id, namespace, time, type, data }: Content) {
  return jsonBody({
    id,
    coid: spec.envelope?.companyId ?? namespace,
    api_version: 'v1',
    created: Math.floor(Date.parse(time) / 1000),
    type,
    data,
    endpoint_id: uid,
  });
}
