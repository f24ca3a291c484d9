// Makes a fresh clone runnable whatever `node` the machine has: installs the pinned dependencies if they
// are missing or out of date, then runs the given script on Node 24 (the binary comes with the dependencies).
//
//   node tools/bootstrap.mjs [SCRIPT [ARGUMENT...]]
//
// Plain JavaScript for any Node from 18 on, because it runs before there is anything else.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const neededMajor = 24;

installDependencies();
const [script, ...scriptArguments] = process.argv.slice(2);
if (script !== undefined) run(script, scriptArguments);

function installDependencies() {
  const installed = join(root, 'node_modules/.package-lock.json');
  const wanted = join(root, 'package-lock.json');
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(wanted).mtimeMs) return;
  console.error('Installing the pinned dependencies (npm ci) …');
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (status !== 0) fail('npm ci failed; see its message above.');
}

/** Runs the script in a child on Node 24, so that it gets the terminal's signals and we its exit code. */
function run(path, parameters) {
  const child = spawn(findNode(), [resolve(root, path), ...parameters], { stdio: 'inherit' });
  // The terminal signals the whole group; `kill` signals only us. Either way the child decides when it is done.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => fail(error.message));
  child.on('exit', (code, signal) => process.exit(code ?? (signal === null ? 1 : 128)));
}

function findNode() {
  const pinned = join(root, 'node_modules', `node-linux-${process.arch}`, 'bin/node');
  if (existsSync(pinned)) return pinned;
  if (Number(process.versions.node.split('.')[0]) >= neededMajor) return process.execPath;
  return fail(
    `Heliograph needs Node ${neededMajor} or newer; this is ${process.version}. Install it and try again.`,
  );
}

function fail(message) {
  console.error(`heliograph: ${message}`);
  process.exit(1);
}
