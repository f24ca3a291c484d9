// Runs the handlers that the contract's document prints, each in a process of its own, as somebody would.
import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { cacheFolder } from '../../../../tools/control-plane/paths.ts';
import { until } from '../../../support/until.ts';

const folder = fileURLToPath(new URL('.', import.meta.url));
const run = promisify(execFile);

export interface Handler {
  /** Of its webhook. */
  url: string;
  /** What it has printed on standard output. */
  lines: string[];
}

export function startExpress(t: TestContext): Promise<Handler> {
  return start(t, process.execPath, [join(folder, 'express-server.mjs')]);
}

/** @param python one that has Flask */
export function startFlask(t: TestContext, python: string): Promise<Handler> {
  return start(t, python, ['-m', 'flask', '--app', 'handler', 'run', '--port', '0']);
}

async function start(t: TestContext, command: string, parameters: readonly string[]): Promise<Handler> {
  const env = { ...process.env, PYTHONUNBUFFERED: '1', PYTHONDONTWRITEBYTECODE: '1' };
  const child = spawn(command, parameters, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
  t.after(() => child.kill('SIGKILL'));
  const handler: Handler = { url: '', lines: [] };
  const said: string[] = [];
  const listen = (line: string) => {
    said.push(line);
    const [, url] = /Running on (http:\/\/\S+)/.exec(line) ?? [];
    if (url !== undefined) handler.url = `${url}/webhook`;
  };
  createInterface(child.stdout).on('line', (line) => {
    listen(line);
    handler.lines.push(line);
  });
  // Flask says there where it runs, and logs every request.
  createInterface(child.stderr).on('line', listen);
  const isRunning = () => {
    if (child.exitCode !== null) throw new Error(`the handler has ended: ${said.join('\n')}`);
    return handler.url !== '';
  };
  await until(isRunning, 'the handler runs', 60_000);
  return handler;
}

/**
 * A Python that has Flask: the machine's own, or one with an environment that is made once and kept.
 * @returns why there is none, where it is impossible
 */
export async function findFlask(): Promise<{ python: string } | { reason: string }> {
  if (await hasFlask('python3')) return { python: 'python3' };
  const cache = dirname(cacheFolder());
  const home = join(cache, 'flask');
  const python = join(home, 'bin', 'python');
  if (existsSync(home) && (await hasFlask(python))) return { python };
  mkdirSync(cache, { recursive: true });
  const work = mkdtempSync(join(cache, 'flask-making-'));
  try {
    await run('python3', ['-m', 'venv', work], { timeout: 60_000 });
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', 'flask==3.1.3'];
    await run(join(work, 'bin', 'python'), pip, { timeout: 120_000 });
    rmSync(home, { recursive: true, force: true });
    renameSync(work, home);
    return { python };
  } catch (error) {
    rmSync(work, { recursive: true, force: true });
    return { reason: `there is no Python with Flask here, and none can be made: ${String(error)}` };
  }
}

async function hasFlask(python: string): Promise<boolean> {
  try {
    await run(python, ['-c', 'import flask'], { timeout: 60_000 });
    return true;
  } catch {
    return false;
  }
}
