// Every command and manifest of the README works as it stands there.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { parse, stringify } from 'yaml';
import { repository } from '../../tools/control-plane/paths.ts';
import { newNamespace } from '../support/cluster.ts';
import { sharedControlPlane } from '../support/control-plane.ts';
import { kubectl } from '../support/kubectl.ts';
import { startOperator } from '../support/operator.ts';

const readme = readFileSync(join(repository, 'README.md'), 'utf8');
const packageJson: { scripts: Record<string, string> } = JSON.parse(
  readFileSync(join(repository, 'package.json'), 'utf8'),
);
const run = promisify(execFile);

/** The fenced blocks of a language. */
function blocks(language: string): string[] {
  return [...readme.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, 'gms'))].map(
    ([, text]) => text ?? '',
  );
}

const commands = [
  ...blocks('sh').flatMap((block) => block.trim().split('\n')),
  ...blocks('console').flatMap((block) => block.split('\n').filter((line) => line.startsWith('$ '))),
].map((line) => line.replace(/^\$ /, ''));

/** The administrator's kubeconfig, with the namespace that README's commands leave out. */
function kubeconfigFor(namespace: string): string {
  const { kubeconfig, dir } = sharedControlPlane();
  const config = parse(readFileSync(kubeconfig, 'utf8')) as {
    contexts: { context: { namespace: string } }[];
  };
  for (const { context } of config.contexts) context.namespace = namespace;
  const path = join(dir, `${namespace}.readme.kubeconfig`);
  writeFileSync(path, stringify(config), { mode: 0o600 });
  return path;
}

test('the kubectl commands and manifests of the README work, in their order', async (t) => {
  const namespace = await newNamespace(t);
  const kubeconfig = kubeconfigFor(namespace);
  await startOperator(t, { kubeconfig: sharedControlPlane().operatorKubeconfig, namespaces: [namespace] });
  for (const manifest of blocks('yaml')) {
    const { code, stderr } = await kubectl(['apply', '-f', '-'], { input: manifest, kubeconfig });
    assert.equal(code, 0, `${manifest}\n${stderr}`);
  }
  const all = ['apply', '-f', join(repository, 'examples/milestone')];
  assert.equal((await kubectl(all, { kubeconfig })).code, 0);
  const given = commands.filter((line) => line.startsWith('kubectl '));
  assert.ok(given.length >= 8);
  for (const line of given) {
    // The control plane has the CRDs, and other tests work with them now.
    const isCrd = line.endsWith(' crds/');
    // As a shell takes it, but in the folder of the README and in the test's namespace.
    const { stdout, stderr } = await run('sh', ['-c', isCrd ? `${line} --dry-run=server` : line], {
      cwd: repository,
      env: {
        ...process.env,
        KUBECONFIG: kubeconfig,
        PATH: `${dirname(sharedControlPlane().kubectl)}:${process.env['PATH']}`,
      },
    });
    if (!isCrd) assert.equal(stderr, '', line);
    assert.notEqual(stdout, '', line);
  }
});

test('what the README shows of kubectl get has the columns that kubectl prints', async (t) => {
  const namespace = await newNamespace(t);
  const kubeconfig = kubeconfigFor(namespace);
  assert.equal(
    (await kubectl(['apply', '-f', join(repository, 'examples/milestone')], { kubeconfig })).code,
    0,
  );
  for (const wide of [[], ['-o', 'wide']]) {
    const command = ['get', 'webhookendpoints,analyses', ...wide];
    const shown = blocks('console').find((block) => block.startsWith(`$ kubectl ${command.join(' ')}\n`));
    assert.ok(shown, command.join(' '));
    assert.deepEqual(words(shown), words((await kubectl(command, { kubeconfig })).stdout));
  }
  const [explained] = blocks('console').filter((block) =>
    block.startsWith('$ kubectl explain analysis.spec'),
  );
  const { stdout } = await kubectl(['explain', 'analysis.spec'], { kubeconfig });
  assert.equal(explained?.replace(/^.*\n/, '').trim(), stdout.trim());
});

test('the npm scripts that README and CONTRIBUTING name exist', () => {
  const contributing = readFileSync(join(repository, 'CONTRIBUTING.md'), 'utf8');
  const named = [...`${readme}${contributing}`.matchAll(/\bnpm (?:run )?([a-z:-]+)/g)].map(
    ([, name = '']) => name,
  );
  const scripts = new Set(named.filter((name) => !['and', 'package'].includes(name)));
  assert.ok(scripts.size >= 8);
  for (const name of scripts) assert.ok(packageJson.scripts[name], `npm run ${name}`);
});

/** The columns of each table that kubectl prints. */
function words(text: string): string[][] {
  return text.split('\n').flatMap((line) => (line.startsWith('NAME ') ? [line.split(/\s{2,}/)] : []));
}
