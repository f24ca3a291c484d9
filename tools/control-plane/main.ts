// The command line of the embedded control plane: starts it and keeps it until a signal, or until it breaks.
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { messageOf, runTool, say } from '../command-line.ts';
import { ComponentError } from './component.ts';
import { startControlPlane } from './start.ts';
import { onWrapperGone } from './wrappers.ts';

const help = `Starts a real etcd and Kubernetes API server with Heliograph's resources installed, for development.

Usage: npm run control-plane -- --dir DIR

  --dir DIR  where data, logs and the kubeconfigs live; made if absent, and kept: the next start serves it again
  --help     this text

Prints one line when all is ready, stays in the foreground, and ends on SIGINT or SIGTERM.
KUBEBUILDER_ASSETS may name a folder with etcd, kube-apiserver and kubectl; else they are downloaded or built once.
`;

/** Why it ends, as the signal's reason. */
const requested = Symbol('requested');

process.exitCode = await runTool(process.argv.slice(2), { help, read, run });

function read(parameters: readonly string[]): string {
  const { values } = parseArgs({ args: [...parameters], options: { dir: { type: 'string' } } });
  if (values.dir === undefined || values.dir === '') throw new Error('name a folder with --dir DIR');
  return values.dir;
}

/** Returns the exit code when nothing runs any more. */
async function run(dir: string): Promise<number> {
  const ending = new AbortController();
  // Only the first counts: a terminal and npm may both pass on the same Ctrl-C.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => ending.abort(requested));
  onWrapperGone(() => ending.abort(requested));
  // Who read what we say may be gone by then, too.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  try {
    const controlPlane = await startControlPlane({
      dir,
      progress: say,
      signal: ending.signal,
      onUnexpectedExit: (error) => ending.abort(error),
    });
    if (!ending.signal.aborted) {
      console.log(
        `Ready. export KUBECONFIG=${controlPlane.kubeconfig} (the operator's own: ${controlPlane.operatorKubeconfig})`,
      );
      await once(ending.signal, 'abort');
    }
    say('Stopping');
    await controlPlane.stop();
    return exitCodeOf(ending.signal.reason);
  } catch (error) {
    return exitCodeOf(ending.signal.aborted ? ending.signal.reason : error);
  }
}

function exitCodeOf(reason: unknown): number {
  if (reason === requested) return 0;
  say(reason instanceof ComponentError ? reason.summary : messageOf(reason));
  return 1;
}
