// Runs test files with one control plane for all of them.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { repository } from '../../tools/control-plane/paths.ts';

export interface TestRun {
  /** Paths or patterns. */
  files: readonly string[];
  env: Readonly<Record<string, string>>;
  /** Files at a time. */
  concurrency?: number;
  /** For one test. */
  timeoutMs?: number;
}

/** Returns the runner's exit code. */
export async function runTests({
  files,
  env,
  concurrency = 3,
  timeoutMs = 300_000,
}: TestRun): Promise<number> {
  const flags = [`--test-concurrency=${concurrency}`, `--test-timeout=${timeoutMs}`];
  const child = spawn(
    process.execPath,
    ['--test', ...flags, '--test-global-setup=test/support/global-setup.ts', ...files],
    {
      cwd: repository,
      stdio: 'inherit',
      env: { ...process.env, ...env },
    },
  );
  // The terminal signals the whole group, `kill` only us; the runner decides when it is done.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal));
  const [code] = (await once(child, 'exit')) as [number | null];
  return code ?? 1;
}
