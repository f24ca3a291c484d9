// Runs the demo as a process, and finds whatever comes from it.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { repository } from '../../tools/control-plane/paths.ts';

export interface Demo {
  stdout: () => string;
  stderr: () => string;
  end: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  /** Resolves when the output so far matches; rejects when it has ended without. */
  says: (pattern: RegExp) => Promise<RegExpExecArray>;
  signal: (signal: NodeJS.Signals) => void;
  /** What the receiver printed of an analysis, spaces apart. */
  deliveriesOf: (analysis: string) => string[];
  /** The ids of everything that runs because of it, itself included. */
  processes: () => number[];
  /** Neither a process nor a file. */
  assertNothingLeft: () => void;
}

interface DemoOptions {
  parameters?: readonly string[];
  env?: Record<string, string>;
}

/** Starts the demo with a temporary folder of its own, which marks every process that comes from it. */
export function startDemo(t: TestContext, { parameters = [], env = {} }: DemoOptions = {}): Demo {
  const folder = temporaryFolder(t);
  const child = spawn(process.execPath, ['tools/bootstrap.mjs', 'tools/demo/main.ts', ...parameters], {
    cwd: repository,
    // The runner forces colours where it has a terminal itself.
    env: { ...process.env, FORCE_COLOR: undefined, TMPDIR: folder, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr, ended] = ['', '', false];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const end = once(child, 'close').then(([code, signal]) => {
    ended = true;
    return { code, signal };
  });
  t.after(() => {
    for (const pid of processesOf(folder)) process.kill(pid, 'SIGKILL');
  });
  return {
    stdout: () => stdout,
    stderr: () => stderr,
    end,
    says: async (pattern) => {
      const { promise, resolve, reject } = Promise.withResolvers<RegExpExecArray>();
      const look = () => {
        const match = pattern.exec(stdout);
        if (match !== null) resolve(match);
        else if (ended) reject(new Error(`the demo has ended:\n${stdout}\n${stderr}`));
      };
      const late = () =>
        reject(new Error(`waited 90 s in vain until the demo says ${pattern} in:\n${stdout}`));
      const timer = setTimeout(late, 90_000);
      child.stdout.on('data', look);
      void end.then(look);
      look();
      return await promise.finally(() => {
        clearTimeout(timer);
        child.stdout.off('data', look);
      });
    },
    signal: (signal) => child.kill(signal),
    deliveriesOf: (analysis) =>
      [...stdout.matchAll(/^ +received +(\S+) +(.+)$/gm)]
        .filter(([, name]) => name === analysis)
        .map(([, , rest = '']) => rest.replaceAll(/ +/g, ' ')),
    processes: () => processesOf(folder),
    assertNothingLeft: () => {
      assert.deepEqual(processesOf(folder), []);
      assert.deepEqual(readdirSync(folder), []);
    },
  };
}

/** The ids of the processes whose environment names the folder; a zombie has none. */
function processesOf(folder: string): number[] {
  if (!existsSync('/proc')) return [];
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry) && Number(entry) !== process.pid)
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(`TMPDIR=${folder}`);
      } catch {
        return false;
      }
    })
    .map(Number);
}

export function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'heliograph-demo-test-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
