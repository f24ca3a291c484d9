// The CloudEvents format: CloudEvents 1.0 in structured JSON, with the sequence extension.
import { pingType } from '../api/event-types.ts';
import { analyses, apiVersion, webhookEndpoints } from '../api/group.ts';
import { pingId, webhookId } from './body-ids.ts';
import { analysisIdOf, type BodyFormat, jsonBody, utc } from './body-input.ts';
import { milestoneMembers } from './body-milestone.ts';
import { sentName } from './body-names.ts';

const contentType = 'application/cloudevents+json';
const specversion = '1.0';
const datacontenttype = 'application/json';

export const cloudEvents: BodyFormat = {
  event: (input) => {
    const { analysis, event, endpoint } = input;
    return jsonBody(
      {
        specversion,
        id: webhookId(analysis.metadata.uid, event.sequence),
        source: apiPath(analyses.plural, analysis.metadata),
        type: sentName(event.type, endpoint.spec),
        subject: analysisIdOf(analysis),
        time: utc(event.time),
        datacontenttype,
        // The extension wants strings that sort as they are, and "10" sorts before "2".
        sequence: String(event.sequence).padStart(2, '0'),
        data: milestoneMembers(input),
      },
      { contentType },
    );
  },
  ping: ({ endpoint, value, time }) =>
    jsonBody(
      {
        specversion,
        id: pingId(endpoint.uid, value),
        source: apiPath(webhookEndpoints.plural, endpoint),
        type: sentName(pingType, endpoint.spec),
        time: utc(time),
        datacontenttype,
        data: {},
      },
      { contentType },
    ),
};

function apiPath(plural: string, { namespace, name }: { namespace: string; name: string }): string {
  return `/apis/${apiVersion}/namespaces/${namespace}/${plural}/${name}`;
}
