// Builds the program of the pause image: one static binary.
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const source = fileURLToPath(new URL('pause.go', import.meta.url));

/** Returns the binary's path in the folder. Throws where `go` is missing or fails. */
export function buildPause(folder: string): string {
  const output = join(folder, 'pause');
  mkdirSync(folder, { recursive: true });
  const { error, status, stderr } = spawnSync(
    'go',
    ['build', '-trimpath', '-buildvcs=false', '-ldflags', '-s -w', '-o', output, source],
    // A workspace or a target of the user's would build something else.
    { env: { ...process.env, CGO_ENABLED: '0', GOWORK: 'off', GOOS: '', GOARCH: '' }, encoding: 'utf8' },
  );
  if (error !== undefined) throw new Error('the pause image takes Go: put `go` in PATH', { cause: error });
  if (status !== 0) throw new Error(`go could not build pause:\n${stderr}`);
  return output;
}
