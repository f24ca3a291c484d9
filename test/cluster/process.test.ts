// The operator as a process: its flags, probes, metrics, and end.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { repository } from '../../tools/control-plane/paths.ts';
import { startApiProxy } from '../support/api-proxy.ts';
import { newNamespace } from '../support/cluster.ts';
import { sharedControlPlane } from '../support/control-plane.ts';
import { startJournal } from '../support/journal.ts';
import { startOperator } from '../support/operator.ts';
import { openScene } from '../support/scene.ts';
import { until } from '../support/until.ts';

/** Runs it as a user does until it ends by itself. */
async function run(flags: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const child = spawn(process.execPath, ['tools/bootstrap.mjs', 'src/main.ts', ...flags], {
    cwd: repository,
    env: { ...process.env, KUBECONFIG: sharedControlPlane().operatorKubeconfig, ...env },
    timeout: 20_000,
  });
  const exit = once(child, 'exit');
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [code] = await exit;
  return { code: code as number | null, stdout, stderr };
}

const refused: Readonly<Record<string, { flags?: string[]; env?: NodeJS.ProcessEnv; says: string }>> = {
  'an unknown flag': { flags: ['--egress'], says: "Unknown option '--egress' (--help tells more)" },
  'a flag without its value': { flags: ['--log-level'], says: '--log-level' },
  'a malformed CIDR': {
    flags: ['--egress-allowed-cidrs', '10.0.0.0'],
    says: `--egress-allowed-cidrs: '10.0.0.0' "10.0.0.0" has no prefix length: write 10.0.0.0/32`,
  },
  'a wrong level': {
    flags: ['--log-level', 'loud'],
    says: "--log-level: 'loud' must be trace, debug, info, warn, error or silent",
  },
  'a wrong value in the environment': {
    env: { HELIOGRAPH_EGRESS_PORTS: '0' },
    says: "HELIOGRAPH_EGRESS_PORTS: '0' must be ports from 1 to 65535 with commas between them",
  },
  'a wrong address': {
    flags: ['--metrics-bind-address', '8080'],
    says: "--metrics-bind-address: '8080' must be a port",
  },
  'a wrong namespace': {
    flags: ['--watch-namespaces', 'Team_A'],
    says: "--watch-namespaces: 'Team_A' must be names",
  },
  'a kubeconfig that is not there': {
    env: { KUBECONFIG: '/nowhere/kubeconfig' },
    says: 'cannot read the kubeconfig /nowhere/kubeconfig',
  },
  'an address that is taken': {
    flags: ['--health-bind-address', `127.0.0.1:${sharedControlPlane().ports.apiServer}`],
    says: '--health-bind-address: listen EADDRINUSE',
  },
};

test('what is wrong is one clear line and exit code 2', { concurrency: 2 }, async (t) => {
  await Promise.all(
    Object.entries(refused).map(([title, { flags = [], env = {}, says }]) =>
      t.test(title, async () => {
        const { code, stderr, stdout } = await run(flags, env);
        assert.equal(code, 2, stderr + stdout);
        assert.ok(stderr.startsWith('heliograph: ') && stderr.includes(says), stderr);
        assert.equal(stderr.trimEnd().split('\n').length, 1);
      }),
    ),
  );
});

test('--help names every flag, its default, and the environment', async () => {
  const { code, stdout } = await run(['--help']);
  assert.equal(code, 0);
  for (const flag of ['egress-allowed-cidrs', 'egress-allow-http', 'watch-namespaces', 'health-bind-address'])
    assert.ok(stdout.includes(`--${flag}`));
  assert.match(stdout, /metrics-bind-address ADDRESS\n.*\(default :8080\)/);
  assert.match(stdout, /HELIOGRAPH_LOG_LEVEL for --log-level/);
});

test('flags may be given by the environment, and a flag wins', async (t) => {
  const namespace = await newNamespace(t);
  const operator = await startOperator(t, {
    kubeconfig: sharedControlPlane().operatorKubeconfig,
    namespaces: [namespace],
    env: { HELIOGRAPH_WATCH_NAMESPACES: 'elsewhere', HELIOGRAPH_LOG_LEVEL: 'debug' },
  });
  assert.equal((await fetch(`${operator.healthUrl}/readyz`)).status, 200);
});

test('it is alive but not ready until the caches are filled', async (t) => {
  const { operatorKubeconfig, dir } = sharedControlPlane();
  const namespace = await newNamespace(t);
  const proxy = await startApiProxy(t, operatorKubeconfig, dir);
  proxy.decide = () => 'refuse';
  const operator = await startOperator(t, {
    kubeconfig: proxy.kubeconfig,
    namespaces: [namespace],
    withoutReady: true,
  });
  const ready = await fetch(`${operator.healthUrl}/readyz`);
  assert.equal(ready.status, 503);
  assert.equal(await ready.text(), 'not ok: the caches are not filled yet\n');
  assert.equal((await fetch(`${operator.healthUrl}/livez`)).status, 200);
  assert.equal((await fetch(`${operator.healthUrl}/elsewhere`)).status, 404);
  assert.equal((await fetch(`${operator.healthUrl}/livez`, { method: 'POST' })).status, 405);
  proxy.decide = () => 'pass';
  await until(async () => (await fetch(`${operator.healthUrl}/readyz`)).ok, 'it is ready');
});

test('metrics tell of attempts, latency, commits and what is owed', async (t) => {
  const namespace = await newNamespace(t);
  const journal = await startJournal(t, ({ path }) => (path.endsWith('broken') ? 500 : 200));
  const { operatorKubeconfig: kubeconfig } = sharedControlPlane();
  const operator = await startOperator(t, { kubeconfig, namespaces: [namespace] });
  const scene = await openScene(t, journal, namespace);
  await scene.endpoint('fine');
  await scene.endpoint('broken', { delivery: { initialBackoffSeconds: 600 } });
  await scene.analysis('run');
  await scene.report('run', { phase: 'Success' });
  await until(async () => (await operator.metric('heliograph_deliveries_owed')) === 11, 'the rest is owed');
  const attempts = (outcome: string) => operator.metric('heliograph_delivery_attempts_total', { outcome });
  assert.equal(await attempts('delivered'), 11);
  assert.equal(await attempts('rejected'), 1);
  assert.equal(await operator.metric('heliograph_delivery_latency_seconds_count'), 11);
  assert.equal(await operator.metric('heliograph_ledger_commits_total', { kind: 'subscription' }), 1);
  assert.equal(await operator.metric('heliograph_analyses_tracked'), 1);
  assert.equal(await operator.metric('heliograph_build_info', { version: '0.1.0' }), 1);
});

test('SIGTERM and SIGINT end it with 0, also while a receiver hangs', async (t) => {
  const namespace = await newNamespace(t);
  const journal = await startJournal(t, () => 'hang');
  const scene = await openScene(t, journal, namespace);
  await scene.endpoint('hung');
  await scene.analysis('run');
  await scene.report('run', { phase: 'Success' });
  const { operatorKubeconfig: kubeconfig } = sharedControlPlane();
  for (const [index, signal] of (['SIGTERM', 'SIGINT'] as const).entries()) {
    const operator = await startOperator(t, { kubeconfig, namespaces: [namespace] });
    await journal.until('the attempt', () => journal.receipts.length > index);
    assert.equal(await operator.kill(signal), 0);
    assert.deepEqual(
      operator.log.slice(-2).map(({ event }) => event),
      ['stopping', 'stopped'],
    );
  }
});

test('I8: nothing is sent to a deleted or disabled endpoint, or about a deleted analysis', async (t) => {
  const namespace = await newNamespace(t);
  const journal = await startJournal(t, () => 503);
  const { operatorKubeconfig: kubeconfig } = sharedControlPlane();
  const operator = await startOperator(t, { kubeconfig, namespaces: [namespace] });
  const scene = await openScene(t, journal, namespace);
  const delivery = { initialBackoffSeconds: 1, maxBackoffSeconds: 1 };
  for (const name of ['disabled', 'watcher']) await scene.endpoint(name, { delivery });
  await scene.analysis('kept');
  await scene.analysis('dropped');
  for (const name of ['kept', 'dropped']) await scene.report(name, { phase: 'Success' });
  const at = (name: string) => journal.at(`/${namespace}/${name}`);
  await journal.until('both are tried', () => at('disabled').length >= 2 && at('watcher').length >= 2);
  await scene.endpoint('disabled', { delivery, enabled: false });
  await scene.drop('dropped');
  await until(async () => (await operator.metric('heliograph_analyses_tracked')) === 1, 'it is forgotten');
  const before = { disabled: at('disabled').length, watcher: at('watcher').length };
  await journal.until('the others go on', () => at('watcher').length >= before.watcher + 2);
  const kept = (await scene.analysis('kept')).metadata.uid;
  assert.ok(
    at('watcher')
      .slice(before.watcher)
      .every(({ id }) => id.startsWith(kept)),
  );
  assert.ok(at('disabled').length <= before.disabled + 2, 'at most what was under way');
});
