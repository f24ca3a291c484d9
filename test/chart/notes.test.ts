// What helm tells people to type after an install works as it stands.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { getAnalysis, newNamespace } from '../support/cluster.ts';
import { sharedControlPlane } from '../support/control-plane.ts';
import { chart, helm } from '../support/helm.ts';

const dryRun = ['install', 'heliograph', chart, '--dry-run=client', '--namespace', 'heliograph-system'];

async function notes(...values: readonly string[]): Promise<string> {
  const printed = await helm([...dryRun, ...values.flatMap((value) => ['--set', value])]);
  return printed.slice(printed.indexOf('\nNOTES:\n'));
}

test('the commands can be pasted', async (t) => {
  const namespace = await newNamespace(t);
  const paragraphs = (await notes(`watchNamespaces={${namespace}}`)).split('\n\n');
  const [wait = '', ...commands] = paragraphs.filter((one) => /^(kubectl|helm) /.test(one));
  // No pods here: the tests on a real node wait for them.
  assert.match(wait, /^kubectl rollout status deployment\/heliograph /);
  assert.equal(commands.length, 3);

  const { code, stdout, stderr } = await bash(commands.join('\n'));

  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
  assert.match(stdout, /^analysis\.heliograph\.dev\/first-run +Analyzing +40/m);
  assert.match(stdout, /^Name: +partner$/m);
  assert.equal((await getAnalysis(namespace, 'first-run')).status.percentage, 40);
});

test('they say what an install goes without', async () => {
  assert.doesNotMatch(await notes(), /is false/);
  for (const value of ['crds.enabled', 'rbac.create', 'ledgerPolicy.enabled'])
    assert.ok((await notes(`${value}=false`)).includes(`${value} is false`), value);
});

async function bash(script: string) {
  const { kubectl, kubeconfig, dir } = sharedControlPlane();
  const child = spawn('bash', ['-euo', 'pipefail', '-c', script], {
    env: {
      PATH: `${dirname(kubectl)}:${process.env['PATH']}`,
      KUBECONFIG: kubeconfig,
      KUBECACHEDIR: join(dir, 'kubectl-cache'),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exit = once(child, 'exit');
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [code] = (await exit) as [number | null];
  return { code, stdout, stderr };
}
