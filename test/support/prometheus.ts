// Runs the real Prometheus, and its tool for rules.
import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';
import { stringify } from 'yaml';
import { ensurePrograms } from '../../tools/control-plane/binaries.ts';
import { dyingWithUs } from '../../tools/control-plane/dying-with-us.ts';
import { prometheus } from '../../tools/control-plane/program-sets.ts';
import { until } from './until.ts';

type Labels = Readonly<Record<string, string>>;

export interface Rule {
  alert: string;
  expr: string;
  for?: string;
  labels: Labels;
  annotations: { summary: string; description: string; runbook_url: string };
}

export interface RuleGroup {
  name: string;
  rules: readonly Rule[];
}

export interface Target {
  /** URL of its metrics. */
  url: string;
  labels: Labels;
}

export interface Sample {
  metric: Labels;
  value: number;
}

export interface Series {
  metric: Labels;
  /** Seconds since the epoch, and the value then. */
  values: (readonly [number, number])[];
}

export interface Prometheus {
  /** What the expression gives now. Throws where it is wrong. */
  query: (expression: string) => Promise<Sample[]>;
  /** Times are in seconds since the epoch. */
  queryRange: (expression: string, range: { start: number; end: number; step: number }) => Promise<Series[]>;
  /**
   * What is firing, or was in the time before: labels of the alerts, with their name as `alertname`.
   * @param forMs how long to look back
   */
  fired: (forMs: number) => Promise<Labels[]>;
}

/** Resolves when it answers; it ends with the test. It scrapes each second, and looks at the rules as often. */
export async function startPrometheus(
  t: TestContext,
  { targets, groups = [] }: { targets: readonly Target[]; groups?: readonly RuleGroup[] },
): Promise<Prometheus> {
  const dir = temporaryFolder(t);
  const rules = join(dir, 'rules.yaml');
  const config = join(dir, 'prometheus.yaml');
  writeFileSync(rules, stringify({ groups }));
  writeFileSync(config, stringify(configOf(targets, rules)));
  const url = await start(t, join(await programs(), 'prometheus'), [
    `--config.file=${config}`,
    `--storage.tsdb.path=${join(dir, 'data')}`,
    '--web.listen-address=127.0.0.1:0',
    // As long as five scrapes, like the five minutes that go with a scrape a minute.
    '--query.lookback-delta=5s',
  ]);
  return {
    query: async (query) => {
      const result = (await ask(url, 'query', { query })) as { metric: Labels; value: [number, string] }[];
      return result.map(({ metric, value }) => ({ metric, value: Number(value[1]) }));
    },
    queryRange: async (query, { start, end, step }) => {
      const found = (await ask(url, 'query_range', { query, start, end, step })) as {
        metric: Labels;
        values: [number, string][];
      }[];
      return found.map(({ metric, values }) => ({
        metric,
        values: values.map(([at, value]) => [at, Number(value)] as const),
      }));
    },
    fired: async (forMs) => {
      const query = `max_over_time(ALERTS{alertstate="firing"}[${Math.ceil(forMs)}ms])`;
      return ((await ask(url, 'query', { query })) as { metric: Labels }[]).map(({ metric }) => metric);
    },
  };
}

/** Runs promtool on a file with this content; resolves with what it says, and rejects with that when it finds fault. */
export async function promtool(
  t: TestContext,
  parameters: readonly string[],
  files: Readonly<Record<string, unknown>>,
): Promise<string> {
  const dir = temporaryFolder(t);
  for (const [name, content] of Object.entries(files)) writeFileSync(join(dir, name), stringify(content));
  const program = join(await programs(), 'promtool');
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  execFile(program, parameters, { cwd: dir, timeout: 60_000 }, (error, stdout, stderr) => {
    if (error === null) resolve(stdout);
    else reject(new Error(`promtool ${parameters.join(' ')}: ${stdout}${stderr}`));
  });
  return await promise;
}

async function programs(): Promise<string> {
  return await ensurePrograms(prometheus, { progress: say });
}

function say(line: string): void {
  process.stderr.write(`heliograph: ${line}\n`);
}

function configOf(targets: readonly Target[], rules: string) {
  const scrape = targets.map(({ url, labels }, index) => ({
    job_name: `target-${index}`,
    metrics_path: new URL(url).pathname,
    static_configs: [{ targets: [new URL(url).host], labels }],
  }));
  return {
    global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' },
    rule_files: [rules],
    scrape_configs: scrape,
  };
}

/** Returns its URL. */
async function start(t: TestContext, program: string, flags: readonly string[]): Promise<string> {
  const child = spawn(...dyingWithUs(program, flags), { stdio: ['ignore', 'ignore', 'pipe'] });
  t.after(() => child.kill('SIGKILL'));
  let address: string | undefined;
  let ended: string | undefined;
  const said: string[] = [];
  child.once('error', (error) => (ended = error.message));
  child.once('exit', (code, signal) => (ended = `${signal ?? code}`));
  createInterface(child.stderr).on('line', (line) => {
    said.push(line);
    address ??= /msg="Listening on".* address=(\S+)/.exec(line)?.[1];
  });
  await until(async () => {
    if (ended !== undefined) throw new Error(`Prometheus ended at once (${ended}): ${said.join('\n')}`);
    return address !== undefined && (await isReady(address));
  }, 'Prometheus is ready');
  return `http://${address}`;
}

async function isReady(address: string): Promise<boolean> {
  try {
    return (await fetch(`http://${address}/-/ready`)).ok;
  } catch {
    return false;
  }
}

async function ask(
  url: string,
  what: string,
  parameters: Readonly<Record<string, string | number>>,
): Promise<unknown> {
  const body = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) body.set(name, String(value));
  const answer = await fetch(`${url}/api/v1/${what}`, { method: 'POST', body });
  const { data, error } = (await answer.json()) as { data?: { result: unknown }; error?: string };
  if (data === undefined) throw new Error(`${error}: ${parameters['query']}`);
  return data.result;
}

function temporaryFolder(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'heliograph-prometheus-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}
