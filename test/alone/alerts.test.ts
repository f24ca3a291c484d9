// The chart's alerts: each fires for its reason and for no other, in promtool's unit tests and on a real Prometheus. Alone,
// because on a machine with other work it is right that others fire.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { writeBundle } from '../../tools/image/bundle.ts';
import { type Prometheus, promtool, type Rule, startPrometheus } from '../support/prometheus.ts';
import { until } from '../support/until.ts';
import { cases } from '../cluster/alerts/cases.ts';
import { chartRules, quick, quickened } from '../cluster/alerts/rules.ts';
import { allIsWell, situations } from '../cluster/alerts/situations.ts';
import { openStage, type Stage, targetsOf } from '../cluster/alerts/stage.ts';
import { unitTests } from '../cluster/alerts/unit-tests.ts';
import { filledIn, queries } from '../cluster/dashboard/panels.ts';

const release = 'heliograph-system';

test('every alert has its unit tests and its situation', async () => {
  const alerts = (await chartRules(release)).map(({ alert }) => alert).toSorted();

  assert.deepEqual(Object.keys(cases).toSorted(), alerts);
  assert.deepEqual(Object.keys(situations).toSorted(), alerts);
});

test('promtool: the rules are in order, and each fires for its reason alone', async (t) => {
  const rules = await chartRules(release);
  const groups = [{ name: 'heliograph', rules }];
  const tests = unitTests(rules);

  await promtool(t, ['check', 'rules', '--lint=all', '--lint-fatal', 'rules.yaml'], {
    'rules.yaml': { groups },
  });
  await promtool(t, ['test', 'rules', 'tests.yaml'], {
    'rules.yaml': { groups },
    'tests.yaml': { rule_files: ['rules.yaml'], evaluation_interval: '1m', tests },
  });

  t.diagnostic(`${tests.length} unit tests of ${rules.length} alerts`);
});

test('on a real Prometheus each alert fires in its situation, and no other does', async (t) => {
  const lateAfter = `metrics.prometheusRule.lateAfterSeconds=${300 / quickened}`;
  const rules = (await chartRules(release, [lateAfter])).map(quick);
  const ending = new AbortController();
  t.after(() => ending.abort());
  const stages = await openStages(t, ending.signal);
  const prometheus = await startPrometheus(t, {
    targets: stages.flatMap(({ stage }) => targetsOf(stage)),
    groups: stages.map(({ stage: { namespace } }) => ({
      name: namespace,
      rules: rulesFor(namespace, rules),
    })),
  });
  await untilScraped(prometheus, stages.flatMap(({ stage }) => stage.operators).length);

  const startedAt = performance.now();
  const fired = async ({ namespace }: Stage) =>
    (await prometheus.fired(performance.now() - startedAt))
      .filter(({ situation }) => situation === namespace)
      .map(({ alertname = '' }) => alertname);
  const playing = Promise.all(stages.map(({ situation, stage }) => situation.play(stage)));
  const firing = Promise.all(
    stages.map(async ({ alert, stage }) => {
      if (alert === undefined) return;
      await until(async () => (await fired(stage)).includes(alert), `${alert} fires`, 90_000);
      t.diagnostic(`${alert} after ${Math.round((performance.now() - startedAt) / 1000)} s`);
    }),
  );
  // A situation that cannot be brought about is told at once.
  await Promise.race([firing, playing.then(() => firing)]);
  const well = stages.find(({ alert }) => alert === undefined);
  await t.test('and every panel of the dashboard shows something', async () => {
    const variables = { namespace: well?.stage.namespace ?? '', rateSeconds: 5, rangeSeconds: 60 };
    for (const query of queries()) {
      const samples = await prometheus.query(filledIn(query, variables));
      assert.ok(
        samples.some(({ value }) => !Number.isNaN(value)),
        `${query.title}: ${query.expr}`,
      );
    }
  });
  ending.abort();
  await playing;

  for (const { alert, stage } of stages)
    assert.deepEqual(
      await fired(stage),
      alert === undefined ? [] : [alert],
      `where ${alert ?? 'all is well'}`,
    );
});

interface Played {
  /** Absent where all is well. */
  alert?: string;
  situation: (typeof situations)[string];
  stage: Stage;
}

async function openStages(t: TestContext, signal: AbortSignal): Promise<Played[]> {
  const folder = mkdtempSync(join(tmpdir(), 'heliograph-alerts-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  // It starts in a fifth of the time that the sources take.
  await writeBundle(folder);
  const command = [process.execPath, join(folder, 'heliograph.mjs')];
  const open = async (situation: Played['situation']) => ({
    situation,
    stage: await openStage(t, situation, { command, signal }),
  });
  const entries = Object.entries(situations);
  return await Promise.all([
    ...entries.map(async ([alert, situation]) => ({ alert, ...(await open(situation)) })),
    open(allIsWell),
  ]);
}

function rulesFor(namespace: string, rules: readonly Rule[]): Rule[] {
  return rules.map((rule) => ({
    ...rule,
    expr: rule.expr.replaceAll(`"${release}"`, `"${namespace}"`),
    labels: { ...rule.labels, situation: namespace },
  }));
}

/** So often that a counter which begins to count has increased. */
async function untilScraped(prometheus: Prometheus, count: number): Promise<void> {
  const isScraped = async () =>
    (await prometheus.query('count_over_time(heliograph_build_info[1m]) > 2')).length === count;
  await until(isScraped, 'Prometheus has scraped all operators', 30_000);
}
