// Unit tests of the alerts, as promtool reads them.
import type { Rule } from '../../support/prometheus.ts';
import { type Case, cases } from './cases.ts';
import { durationSeconds } from './rules.ts';

/** By then whatever should fire does. */
const evaluatedAt = '30m';

type Values = Readonly<Record<string, string | undefined>>;

/** What is wrong elsewhere is nobody's alert here. */
const elsewhere = merged(Object.values(cases).flatMap(({ ill, alike = {} }) => [ill, alike]));

/**
 * Three for each alert: it fires, and no other does, when its series are ill and all others well; it does not when all
 * others are ill; and it does not before its time.
 */
export function unitTests(rules: readonly Rule[]) {
  return rules.flatMap((rule) => {
    const { alert } = rule;
    const others = Object.entries(cases).filter(([name]) => name !== alert);
    const alone = merged([everythingWell(), caseOf(alert).ill]);
    const allOthers = merged([everythingWell(), ...others.map(([, { ill }]) => ill)]);
    return [
      test(`${alert} fires for its reason`, alone, [
        expectation(rule, evaluatedAt, [expected(rule)]),
        ...rules.filter((one) => one !== rule).map((one) => expectation(one, evaluatedAt, [])),
      ]),
      test(`${alert} does not fire for the reasons of the others`, allOthers, [
        expectation(rule, evaluatedAt, []),
      ]),
      ...(rule.for === undefined
        ? []
        : [
            test(`${alert} gives it ${rule.for}`, alone, [
              expectation(rule, `${durationSeconds(rule.for) / 60 - 1}m`, []),
            ]),
          ]),
    ];
  });
}

function caseOf(alert: string): Case {
  const found = cases[alert];
  if (found === undefined) throw new Error(`there is no case for ${alert}`);
  return found;
}

function everythingWell(): Values {
  return merged(Object.values(cases).flatMap(({ well, alike = {} }) => [well, alike]));
}

function test(name: string, values: Values, alertRuleTest: readonly object[]) {
  const foreign = Object.entries(elsewhere).map(
    ([series, ill]) => [series.replace(/namespace="[^"]*"/, 'namespace="elsewhere"'), ill] as const,
  );
  const inputSeries = [...Object.entries(values), ...foreign].flatMap(([series, all]) =>
    all === undefined ? [] : [{ series, values: all }],
  );
  return { name, interval: '1m', input_series: inputSeries, alert_rule_test: alertRuleTest };
}

function expectation({ alert }: Rule, at: string, alerts: readonly object[]) {
  return { eval_time: at, alertname: alert, exp_alerts: alerts };
}

function expected({ alert, labels, annotations }: Rule) {
  const { shows = {}, labels: own = {} } = caseOf(alert);
  const shown = Object.entries(annotations).map(([name, text]) => [name, filledIn(text, shows)]);
  return { exp_labels: { ...labels, ...own }, exp_annotations: Object.fromEntries(shown) };
}

function filledIn(text: string, shows: Readonly<Record<string, string>>): string {
  let filled = text;
  for (const [template, value] of Object.entries(shows)) filled = filled.replaceAll(template, value);
  return filled;
}

function merged(all: readonly Values[]): Values {
  return Object.assign({}, ...all);
}
