// The JobResult format: the result of an analysis as one document, sent once, when the analysis is over.
import { pingType } from '../api/event-types.ts';
import { pingId } from './body-ids.ts';
import { analysisIdOf, type BodyFormat, type BodyInput, jsonBody } from './body-input.ts';
import { sentName } from './body-names.ts';
import { lastRung } from './ladder.ts';

/** Of the result's JSON in UTF-8. A larger one is left out. */
const maxResultBytes = 256 * 1024;

/**
 * One nested deeper is left out too: JSON.stringify runs out of stack at some 4,000 levels, at some sooner than
 * others, and then one attempt could have a body and the next one none.
 */
const maxResultDepth = 1000;

export const jobResult: BodyFormat = {
  event: (input) => (input.event.sequence === lastRung ? document(input) : undefined),
  // Without a status: nothing that takes it for a job can take that for complete.
  ping: ({ endpoint, url, value, time }) =>
    jsonBody({
      id: pingId(endpoint.uid, value),
      type: sentName(pingType, endpoint.spec),
      createdAt: Date.parse(time),
      webhookUrl: url,
    }),
};

/** Our id, the members of the result, and the rest of ours: what the result has of the same name is not sent. */
function document({ analysis, event, url, result = {} }: BodyInput) {
  const { metadata, spec } = analysis;
  const resultOmitted = isTooLarge(result);
  // Rest and spread define members and assign none, so `__proto__` is one like any other.
  const { id: _theirs, ...members } = resultOmitted ? { resultOmitted } : result;
  return jsonBody(
    {
      id: analysisIdOf(analysis),
      ...members,
      createdAt: Date.parse(metadata.creationTimestamp),
      status: event.type === 'analysis.failed' ? 'FAILED' : 'COMPLETED_SUCCESSFULLY',
      ...(spec.customId === undefined ? {} : { customId: spec.customId }),
      ...(spec.feedId === undefined ? {} : { feedId: spec.feedId }),
      webhookUrl: url,
    },
    { resultOmitted },
  );
}

function isTooLarge(result: object): boolean {
  return !isWithin(result, maxResultDepth) || Buffer.byteLength(JSON.stringify(result)) > maxResultBytes;
}

function isWithin(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return levels > 0 && Object.values(value).every((member) => isWithin(member, levels - 1));
}
