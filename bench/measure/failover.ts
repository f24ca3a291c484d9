// P14: how long nothing is delivered when the replica that delivers ends, or dies.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parse } from 'yaml';
import { operatorUser } from '../../tools/control-plane/credentials.ts';
import { repository } from '../../tools/control-plane/paths.ts';
import { bars } from '../bars.ts';
import { nowMs } from '../clock.ts';
import { makeNamespace } from '../field.ts';
import { type Operator, startOperator } from '../operator.ts';
import type { Report } from '../report.ts';
import { runDelivered } from '../run.ts';
import type { Stage } from '../stage.ts';
import { median } from '../statistics.ts';
import { loadAt } from './latency.ts';
import { warmingUp } from './warm-up.ts';

const namespace = 'bench-leases';
const leaseSeconds = 3;
const rounds = 3;

/** When about half of the load is over. */
const signalAfterMs = 4000;
const load = loadAt(50, 40);

const cases = [
  { signal: 'SIGTERM', title: 'SIGTERM', bar: bars.failoverOnTerm },
  { signal: 'SIGKILL', title: `kill -9, with a Lease of ${leaseSeconds} s`, bar: bars.failoverOnKill },
] as const;

/** Starts with the operator stopped and leaves it stopped. */
export async function measureFailover(stage: Stage, report: Report): Promise<void> {
  await allowLeases(stage);
  for (const { signal, title, bar } of cases) {
    const gaps: number[] = [];
    for (let round = 1; round <= rounds; round += 1) {
      stage.say(`P14: ${title}, round ${round}`);
      gaps.push(await failOver(stage, report, signal, round));
    }
    report.row({
      id: 'P14',
      metric: `${title} of the replica that delivers → first request of the other one`,
      figures: [median(gaps) / 1000],
      unit: 's',
      bar,
    });
    report.note(
      `P14: ${title}: ${gaps.map((ms) => (ms / 1000).toFixed(2)).join(', ')} s at 50 status writes/s`,
    );
  }
}

async function failOver(
  stage: Stage,
  report: Report,
  signal: 'SIGTERM' | 'SIGKILL',
  round: number,
): Promise<number> {
  const name = `failover-${signal.toLowerCase()}-${round}`;
  const flags = [
    `--lease-namespace=${namespace}`,
    `--lease-name=${name}`,
    `--lease-duration-seconds=${leaseSeconds}`,
  ];
  const first = await startOperator(stage, { name: `${name}-first`, flags });
  // Whoever is alone has the Lease once it delivers.
  await runDelivered(stage, report, { name: `${name}-warm-up`, load: warmingUp, isWarmUp: true });
  const second = await startOperator(stage, { name: `${name}-second`, flags });
  const [signalledAtMs, { journal }] = await Promise.all([
    signalLater(first, signal),
    runDelivered(stage, report, { name, load }),
  ]);
  await second.stop();
  return takenOverAtMs([...journal.firstMs.values()], signalledAtMs) - signalledAtMs;
}

/** Resolves with when. */
async function signalLater(operator: Operator, signal: 'SIGTERM' | 'SIGKILL'): Promise<number> {
  await delay(signalAfterMs);
  const atMs = nowMs();
  await operator.kill(signal);
  return atMs;
}

/** What follows the longest silence since then: the first replica may still end what it has begun. */
function takenOverAtMs(arrivals: readonly number[], sinceMs: number): number {
  const times = [sinceMs, ...arrivals.filter((atMs) => atMs >= sinceMs).toSorted((a, b) => a - b)];
  const silences = times.slice(1).map((atMs, index) => atMs - (times[index] ?? NaN));
  return times[silences.indexOf(Math.max(...silences)) + 1] ?? NaN;
}

/** The rights that the chart gives the operator in its own namespace. */
async function allowLeases({ client }: Stage): Promise<void> {
  const rbac = `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}`;
  const apiVersion = 'rbac.authorization.k8s.io/v1';
  const rules: unknown = parse(
    readFileSync(join(repository, 'helm/heliograph/files/lease-rules.yaml'), 'utf8'),
  );
  const metadata = { name: 'leases' };
  await makeNamespace(client, namespace);
  await client.create(`${rbac}/roles`, { apiVersion, kind: 'Role', metadata, rules });
  await client.create(`${rbac}/rolebindings`, {
    apiVersion,
    kind: 'RoleBinding',
    metadata,
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: metadata.name },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: operatorUser }],
  });
}
