// Every format and event type has a golden file, which the body equals token by token; a body has no white space
// between tokens.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { type EventType, eventTypes, pingType } from '../../../src/api/event-types.ts';
import { type Format, formats } from '../../../src/api/webhook-endpoint.ts';
import { formatSends, pingBody } from '../../../src/events/body.ts';
import { compactFile, eventOf, inputOf, pingOf, resultOf, sent } from './body-samples.ts';

/** With a number that a double cannot hold. */
const result = resultOf(
  '{"confidence":0.9971387386,"frames":9007199254740993,"jobResults":[{"class":"person","hitl":true}]}',
);

const fileOf = (format: Format, type: EventType | typeof pingType) => `golden/${format}.${type}.json`;

const sentTypes = (format: Format) =>
  eventTypes.filter((type) => formatSends(format, eventOf[type].sequence));

for (const format of formats) {
  const contentType = format === 'CloudEvents' ? 'application/cloudevents+json' : 'application/json';
  for (const type of sentTypes(format)) {
    test(`${format} tells of ${type} as its golden file does`, () => {
      const body = sent(inputOf(format, eventOf[type], { result }));
      assert.equal(body.text, compactFile(fileOf(format, type)));
      assert.equal(body.contentType, contentType);
      assert.equal(body.resultOmitted, false);
    });
  }

  test(`${format} pings as its golden file does`, () => {
    const body = pingBody(pingOf(format));
    assert.equal(body.text, compactFile(fileOf(format, pingType)));
    assert.equal(body.contentType, contentType);
    assert.equal(body.resultOmitted, false);
  });
}

test('there is no golden file that nothing is compared with', () => {
  const compared = formats.flatMap((format) =>
    ([...sentTypes(format), pingType] as const).map((type) => fileOf(format, type)),
  );
  const present = readdirSync(new URL('golden', import.meta.url)).map((name) => `golden/${name}`);
  assert.deepEqual(present.toSorted(), compared.toSorted());
});
