// Where the embedded control plane keeps what outlives a run.
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's root. */
export const repository = fileURLToPath(new URL('../..', import.meta.url));

/** The folder of this tool: its Go module and its manifests. */
export const toolFolder = fileURLToPath(new URL('.', import.meta.url));

/** Binaries and the register of running control planes; outside the checkout, so that clones share it. */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  const base = env['XDG_CACHE_HOME'];
  // The XDG specification says to ignore a relative path here.
  const root = base?.startsWith('/') === true ? base : join(homedir(), '.cache');
  return join(root, 'heliograph', 'control-plane');
}
