// The operator is killed at every point at which it talks to somebody, and the next one brings everything to rest. A
// short story by default; `npm run soak` tells a long one, which takes minutes.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { everyStep, wholeStory } from '../support/scene.ts';
import { Lane, type Story } from './kill-points/lane.ts';
import { type Moment, moments, type Point, titleOf } from './kill-points/points.ts';
import { soakVariable } from './soak-variable.ts';

const isWhole = process.env[soakVariable] !== undefined;

const jump = {
  role: 'a jump',
  halves: [[{ phase: 'Analyzing', percentage: 35 }], [{ phase: 'Failed' }]],
  story: [...wholeStory.slice(0, 4), '11 analysis.failed failed 35'],
  half: 4,
} as const;

const long: Story = {
  endpoints: ['first', 'second'],
  plots: [
    {
      role: 'a long run',
      halves: [everyStep.slice(0, 6), everyStep.slice(6)],
      story: wholeStory,
      half: 6,
    },
    jump,
  ],
};

const short: Story = {
  endpoints: ['first'],
  plots: [
    {
      role: 'a short run',
      halves: [[{ phase: 'Analyzing', percentage: 15 }], [{ phase: 'Failed' }]],
      story: [...wholeStory.slice(0, 2), '11 analysis.failed failed 15'],
      half: 2,
    },
  ],
};

/** The points that the design names, in the short story. */
const named: Readonly<Record<string, readonly [request: string, count: number, moment: Moment]>> = {
  'kill -9 before the subscription is committed': [
    'the write of the ledger of a short run',
    1,
    'before it arrives',
  ],
  'kill -9 when the subscription is applied and the answer is lost': [
    'the write of the ledger of a short run',
    1,
    'before its answer',
  ],
  'kill -9 after the answer to the subscription': [
    'the write of the ledger of a short run',
    1,
    'after its answer',
  ],
  'kill -9 after a body is sent': ['the POST of event 1 of a short run to first', 1, 'before its answer'],
  'kill -9 after the 2xx': ['the POST of event 1 of a short run to first', 1, 'after its answer'],
  'kill -9 after the record': ['the write of the ledger of a short run', 2, 'after its answer'],
};

/** Lanes at a time: each has an operator that starts. */
const width = 3;

test(`kill -9 at every point of a ${isWhole ? 'long' : 'short'} story`, async (t) => {
  const lanes = await Promise.all(Array.from({ length: width }, () => Lane.open(t, isWhole ? long : short)));
  const [first] = lanes;
  assert.ok(first);
  const census = await first.census();
  for (const [request, count] of census) t.diagnostic(`${count} × ${request}`);
  const points = pointsOf(census).filter(({ request }) => isWhole || /^the (write|POST)/.test(request));
  if (!isWhole)
    for (const title of Object.keys(named))
      assert.ok(
        points.some((point) => nameOf(point) === title),
        `there is a point for: ${title}`,
      );
  const counts = { killed: 0, again: 0 };
  const left = [...points];
  await Promise.all(
    lanes.map(async (lane) => {
      for (let point = left.shift(); point !== undefined; point = left.shift()) {
        const aim = point;
        await t.test(nameOf(aim), async () => {
          const rounds = await lane.kill(aim);
          counts.killed += 1;
          counts.again += rounds - 1;
        });
      }
    }),
  );
  t.diagnostic(`${points.length} points, ${counts.killed} kills, ${counts.again} stories told once more`);
  assert.equal(counts.killed, points.length);
});

function pointsOf(census: ReadonlyMap<string, number>): Point[] {
  return [...census].flatMap(([request, times]) =>
    Array.from({ length: times }, (_, index) => index + 1).flatMap((count) =>
      moments.map((moment) => ({ request, count, moment })),
    ),
  );
}

function nameOf(point: Point): string {
  const title = Object.keys(named).find((one) => titleOf(pointOf(one)) === titleOf(point));
  return title ?? titleOf(point);
}

function pointOf(title: string): Point {
  const [request = '', count = 0, moment = moments[0]] = named[title] ?? [];
  return { request, count, moment };
}
