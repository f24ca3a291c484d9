// What the command says that starts a cluster, where it does not.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { repository } from '../../tools/control-plane/paths.ts';
import { launch } from '../support/launcher.ts';

const main = [process.execPath, 'tools/cluster/main.ts'];

test('--help tells how to use the cluster', async () => {
  const launcher = launch(['--help'], { tool: 'cluster' });
  assert.equal(await launcher.exited, 0);
  assert.match(launcher.stdout, /^Usage: npm run cluster -- --dir DIR$/m);
});

test('a cluster without a folder is refused', async () => {
  const launcher = launch([], { tool: 'cluster' });
  assert.equal(await launcher.exited, 2);
  assert.equal(launcher.stderr, 'heliograph: name a folder with --dir DIR (--help tells more)\n');
});

test('a folder whose path is too long for a socket is refused', async () => {
  const dir = `/nowhere/${'a'.repeat(90)}`;
  const launcher = launch(['--dir', dir], { tool: 'cluster' });
  assert.equal(await launcher.exited, 1);
  assert.equal(
    launcher.stderr,
    `heliograph: the path ${dir} is too long: a socket in it may have 107 bytes\n`,
  );
});

test('who is not root is told of kind and k3d in one line', () => {
  const [status, line] = run(['unshare', '--user', ...main, '--dir', '/nowhere']);
  assert.equal(status, 1);
  assert.match(line, /^heliograph: a node of its own takes root on Linux; else run `kind create .*k3d.*\n$/);
});

test('where apt-get cannot install what is missing, one line names it', () => {
  const hide = '/bin/mount -t tmpfs tmpfs /usr/lib/cni && exec "$@"';
  const env = { ...process.env, PATH: '/nowhere' };
  const [status, line] = run(
    ['/usr/bin/unshare', '--mount', '/bin/sh', '-c', hide, 'sh', ...main, '--dir', '/nowhere'],
    env,
  );
  assert.equal(status, 1);
  assert.match(line, /packages containernetworking-plugins, and apt-get could not .*: do it, or run `kind/);
});

function run([command = '', ...parameters]: readonly string[], env = process.env): [number | null, string] {
  const { status, stderr } = spawnSync(command, parameters, { cwd: repository, env, encoding: 'utf8' });
  return [status, stderr];
}
