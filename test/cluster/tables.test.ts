// The tables of manifests, status writes and transitions leave out nothing that the schemas demand.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { analysisSpecs } from './manifests/analysis-spec.ts';
import { anyKey, constraints } from './manifests/constraints.ts';
import { endpointSpecs } from './manifests/endpoint-spec.ts';
import { eventNames } from './manifests/event-names.ts';
import { headers } from './manifests/headers.ts';
import { analysisStatuses, endpointStatuses } from './manifests/operator-status.ts';
import { references } from './manifests/references.ts';
import { resultTransitions } from './manifests/result.ts';
import type { Row } from './manifests/row.ts';
import { selectors } from './manifests/selector.ts';
import { specTransitions, specTransitionsOfFull } from './manifests/spec-transitions.ts';
import { type Transition, transitions } from './manifests/transitions.ts';
import { urls } from './manifests/urls.ts';
import { workerStatuses } from './manifests/worker-status.ts';

const lines = (rows: readonly Row[]) => rows.flatMap(([, , ...refused]) => refused);
const linesOf = (rows: readonly Transition[]) => rows.flatMap(([, , , ...refused]) => refused);

const refusals = {
  WebhookEndpoint: lines([
    ...endpointSpecs,
    ...urls('spec.url'),
    ...eventNames,
    ...selectors,
    ...headers,
    ...references,
    ...endpointStatuses,
  ]),
  Analysis: [
    ...lines([...analysisSpecs, ...urls('spec.webhookUrl'), ...workerStatuses, ...analysisStatuses]),
    ...linesOf([...transitions, ...specTransitions, ...specTransitionsOfFull, ...resultTransitions]),
  ],
} as const;

for (const kind of ['WebhookEndpoint', 'Analysis'] as const)
  test(`the tables have a refusal for every bound, enum and rule of ${kind}`, () => {
    const wanted = constraints(kind).filter(({ path, refusal }) => !isExempt(path, refusal));
    const broken = refusals[kind].map(split);

    assert.ok(wanted.length > 50);
    assert.deepEqual(
      wanted.filter(
        ({ path, refusal }) => !broken.some((line) => isAt(line.path, path) && line.text.includes(refusal)),
      ),
      [],
    );
  });

/** The field of a line, without indexes and keys, and what is wrong with it. */
function split(line: string): { path: string; text: string } {
  const end = line.indexOf(': ');
  return { path: line.slice(0, end).replaceAll(/\[[^\]]*\]/g, ''), text: line.slice(end) };
}

function isAt(path: string, wanted: string): boolean {
  if (!wanted.endsWith(anyKey)) return path === wanted;
  const map = wanted.slice(0, -anyKey.length);
  return path === map || path.startsWith(`${map}.`);
}

function isExempt(path: string, refusal: string): boolean {
  // One schema for both.
  if (path.startsWith('status.recentDeliveries.')) return true;
  // What is larger is no int32, and is refused in other words.
  return path.endsWith('.durationMilliseconds') && refusal.includes('less than or equal to 2147483647');
}
