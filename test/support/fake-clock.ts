// A wall clock that is wrong, by Debian's libfaketime; the monotonic clock stays as it is.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

export interface FakeClock {
  /** For the process that shall believe it. */
  env: NodeJS.ProcessEnv;
  /** From now on it is wrong by so much. */
  set: (offsetSeconds: number) => void;
}

/** Ends with the test. Installs the library where it is missing; undefined where that cannot be done. */
export function startFakeClock(t: Pick<TestContext, 'after'>, offsetSeconds: number): FakeClock | undefined {
  const library = findLibrary() ?? installedLibrary();
  if (library === undefined) return undefined;
  const dir = mkdtempSync(join(tmpdir(), 'heliograph-clock-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  const file = join(dir, 'offset');
  const set = (seconds: number) => {
    // At once, for it is read at any time.
    writeFileSync(`${file}.new`, `${seconds < 0 ? '' : '+'}${seconds}\n`);
    renameSync(`${file}.new`, file);
  };
  set(offsetSeconds);
  return {
    set,
    env: {
      LD_PRELOAD: library,
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_CACHE_DURATION: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    },
  };
}

function findLibrary(): string | undefined {
  const lib = '/usr/lib';
  if (!existsSync(lib)) return undefined;
  return readdirSync(lib)
    .map((folder) => join(lib, folder, 'faketime/libfaketimeMT.so.1'))
    .find((path) => existsSync(path));
}

function installedLibrary(): string | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return undefined;
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const aptGet = (...parameters: string[]) =>
    spawnSync('apt-get', ['-qq', ...parameters], { env, stdio: 'ignore', timeout: 60_000 });
  aptGet('update');
  aptGet('install', '--yes', '--no-install-recommends', 'libfaketime');
  return findLibrary();
}
