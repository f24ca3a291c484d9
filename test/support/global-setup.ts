// Starts one control plane for all test files, which run in processes of their own, and ends it after them.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { repository } from '../../tools/control-plane/paths.ts';
import { type ControlPlane, startControlPlane } from '../../tools/control-plane/start.ts';
import { clientFor } from './cluster.ts';
import { controlPlaneVariable, isNamespaced, wantedRelease } from './control-plane.ts';
import { createPool } from './namespace-pool.ts';
import { installRelease } from './release.ts';

const interruption = new AbortController();
let starting: Promise<ControlPlane> | undefined;

/** Each test file and each operator is a process, and they load the same modules. */
const compileCache = join(repository, 'node_modules/.cache/compile');

export async function globalSetup(): Promise<void> {
  process.env['NODE_COMPILE_CACHE'] = compileCache;
  // The runner tears down on SIGINT and SIGTERM, but not when its terminal closes.
  process.once('SIGHUP', () => process.kill(process.pid, 'SIGTERM'));
  starting = startControlPlane({
    dir: mkdtempSync(join(tmpdir(), 'heliograph-tests-')),
    temporary: true,
    bare: true,
    release: wantedRelease(),
    audit: true,
    progress: say,
    signal: interruption.signal,
    onUnexpectedExit: ({ message }) => say(message),
  });
  const { apiServer: _, etcd: __, stop: ___, ...info } = await starting;
  const watchNamespaces = isNamespaced() ? await createPool(clientFor(info.kubeconfig)) : [];
  process.env[controlPlaneVariable] = JSON.stringify(await installRelease(info, { watchNamespaces }));
}

/** Is called during the set-up, too, when the runner is interrupted. */
export async function globalTeardown(): Promise<void> {
  interruption.abort(new Error('interrupted'));
  const controlPlane = await starting?.catch(() => undefined);
  await controlPlane?.stop();
}

function say(line: string): void {
  process.stderr.write(`heliograph: ${line}\n`);
}
