// Runs the real kubectl as the administrator, and shows the command.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { ControlPlane } from '../control-plane/start.ts';
import { repository } from '../control-plane/paths.ts';
import type { Screen } from './screen.ts';

export interface KubectlOptions {
  /** Prints neither the command nor what it says. */
  quiet?: boolean;
  /** Picks what to show of the output. */
  pick?: (output: string) => string;
}

const execute = promisify(execFile);

/** kubectl failed; the message says which command and why. */
class KubectlError extends Error {
  readonly code = 'KUBECTL_FAILED';
}

export class Kubectl {
  readonly #controlPlane: ControlPlane;
  readonly #screen: Screen;
  readonly #signal: AbortSignal;

  constructor(controlPlane: ControlPlane, { screen, signal }: { screen: Screen; signal: AbortSignal }) {
    this.#controlPlane = controlPlane;
    this.#screen = screen;
    this.#signal = signal;
  }

  /** Resolves with the whole output. Throws KubectlError. */
  async run(
    parameters: readonly string[],
    { quiet = false, pick = (output) => output }: KubectlOptions = {},
  ): Promise<string> {
    const { kubectl, kubeconfig, dir } = this.#controlPlane;
    if (!quiet) this.#screen.command(['kubectl', ...parameters]);
    try {
      const { stdout } = await execute(kubectl, parameters, {
        cwd: repository,
        signal: this.#signal,
        timeout: 60_000,
        env: {
          ...process.env,
          KUBECONFIG: kubeconfig,
          // The user's own settings and cache have nothing to do with this API server.
          KUBERC: 'off',
          KUBECACHEDIR: join(dir, 'kubectl-cache'),
        },
      });
      if (!quiet) this.#screen.output(pick(stdout));
      return stdout;
    } catch (error) {
      throw new KubectlError(`kubectl ${parameters.join(' ')} failed: ${reasonOf(error)}`, { cause: error });
    }
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const said: unknown = 'stderr' in error ? error.stderr : undefined;
  return typeof said === 'string' && said.trim() !== '' ? said.trim() : error.message;
}
