// The chart's alerts, as Helm renders them and as a test can wait for them.
import type { Rule, RuleGroup } from '../../support/prometheus.ts';
import { find, render } from '../../chart/render.ts';

/** @param namespace of the release, whose operators the alerts are about */
export async function chartRules(namespace: string, values: readonly string[] = []): Promise<Rule[]> {
  const set = ['metrics.prometheusRule.enabled=true', ...values].join(',');
  const { spec } = find(
    await render(['--namespace', namespace, '--set', set]),
    'PrometheusRule',
  ) as unknown as {
    spec: { groups: RuleGroup[] };
  };
  return spec.groups.flatMap(({ rules }) => rules);
}

/** Of what the alerts say: for how long they look back, and how long it must go on. */
export const quickened = 60;

/** The same rule where a minute takes a second. What is compared with a time is a value of the chart. */
export function quick(rule: Rule): Rule {
  const expr = rule.expr.replaceAll(/\[(\w+)\]/g, (_, duration: string) => `[${quickDuration(duration)}]`);
  return { ...rule, expr, ...(rule.for === undefined ? {} : { for: quickDuration(rule.for) }) };
}

const secondsOf: Readonly<Record<string, number>> = { m: 60, h: 3600 };

export function durationSeconds(duration: string): number {
  const [, count, unit = ''] = /^(\d+)([mh])$/.exec(duration) ?? [];
  const seconds = secondsOf[unit];
  if (seconds === undefined) throw new Error(`${duration} is no number of minutes or hours`);
  return Number(count) * seconds;
}

function quickDuration(duration: string): string {
  return `${durationSeconds(duration) / quickened}s`;
}
