// Runs the operator as a process of its own, as in production: under its own role, told by flags.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';
import { repository } from '../../tools/control-plane/paths.ts';
import { withinNameserver } from './nameserver.ts';
import { until } from './until.ts';

export interface Operator {
  pid: number;
  /** Its log, parsed. */
  log: Record<string, unknown>[];
  metricsUrl: string;
  healthUrl: string;
  /** Sends a signal; resolves with the exit code when the process is gone. SIGSTOP and SIGCONT resolve at once. */
  kill: (signal?: NodeJS.Signals) => Promise<number | null>;
  /** The value of a metric, summed over the series whose labels contain these. */
  metric: (name: string, labels?: Readonly<Record<string, string>>) => Promise<number>;
}

export interface OperatorOptions {
  kubeconfig: string;
  /** Tests share a control plane: each operator keeps to the namespaces of its test. */
  namespaces?: readonly string[];
  flags?: readonly string[];
  env?: NodeJS.ProcessEnv;
  /** Whom it asks for names; takes Linux and root. */
  nameserver?: string;
  /** What the flags are given to; from source by default, or the build that `operatorVariable` names. */
  command?: readonly string[];
  /** Resolve as soon as the process serves probes, synced or not. */
  withoutReady?: boolean;
}

/** Names another build of the operator to run than the sources. */
export const operatorVariable = 'HELIOGRAPH_TEST_OPERATOR';

const usualFlags = [
  '--egress-allowed-cidrs=127.0.0.1/32,::1/128',
  '--egress-allow-http',
  '--health-bind-address=127.0.0.1:0',
  '--metrics-bind-address=127.0.0.1:0',
];

/** Resolves when it is ready; it ends with the test at the latest. */
export async function startOperator(t: TestContext, options: OperatorOptions): Promise<Operator> {
  const { kubeconfig, namespaces = [], flags = [], env = {}, nameserver, withoutReady = false } = options;
  const command = [
    ...(options.command ?? [process.execPath, process.env[operatorVariable] ?? 'src/main.ts']),
    ...usualFlags,
    ...(namespaces.length === 0 ? [] : [`--watch-namespaces=${namespaces.join(',')}`]),
    ...flags,
  ];
  const [program = '', ...parameters] =
    nameserver === undefined ? command : withNameserver(t, nameserver, command);
  const child = spawn(program, parameters, {
    cwd: repository,
    env: { ...process.env, ...env, KUBECONFIG: kubeconfig },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => child.kill('SIGKILL'));
  const log = await startedLog(child);
  const { healthPort, metricsPort } = log[0] ?? {};
  const operator: Operator = {
    pid: child.pid ?? 0,
    log,
    healthUrl: `http://127.0.0.1:${String(healthPort)}`,
    metricsUrl: `http://127.0.0.1:${String(metricsPort)}/metrics`,
    kill: (signal = 'SIGKILL') => kill(child, signal),
    metric: (name, labels = {}) => readMetric(operator.metricsUrl, name, labels),
  };
  const isReady = async () => (await fetch(`${operator.healthUrl}/readyz`)).ok;
  if (!withoutReady) await until(isReady, 'the operator is ready');
  return operator;
}

function withNameserver(t: TestContext, nameserver: string, command: readonly string[]): string[] {
  const dir = mkdtempSync(join(tmpdir(), 'heliograph-resolv-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  return [...withinNameserver(dir, nameserver), ...command];
}

async function startedLog(child: ChildProcess): Promise<Record<string, unknown>[]> {
  const log: Record<string, unknown>[] = [];
  let ended: string | undefined;
  child.once('exit', (code, signal) => (ended = `${signal ?? code}`));
  if (child.stdout === null) throw new Error('the operator has no standard output');
  createInterface(child.stdout).on('line', (line) => {
    const entry: Record<string, unknown> = JSON.parse(line);
    log.push(entry);
  });
  await until(
    () => {
      if (ended !== undefined) throw new Error(`the operator ended at once (${ended})`);
      return log[0]?.['event'] === 'started';
    },
    'the operator says that it has started',
    60_000,
  );
  return log;
}

async function kill(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  if (signal === 'SIGSTOP' || signal === 'SIGCONT') {
    child.kill(signal);
    return null;
  }
  const exit = once(child, 'exit');
  child.kill(signal);
  await exit;
  return child.exitCode;
}

async function readMetric(
  url: string,
  name: string,
  labels: Readonly<Record<string, string>>,
): Promise<number> {
  const text = await (await fetch(url)).text();
  const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
  let sum = 0;
  for (const line of text.split('\n')) {
    const [, series, set = '', value] = /^(\w+)(\{[^}]*\})? (\S+)$/.exec(line) ?? [];
    if (series === name && wanted.every((one) => set.includes(one))) sum += Number(value);
  }
  return sum;
}
