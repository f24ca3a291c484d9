// Runs the real kubectl.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { sharedControlPlane } from './control-plane.ts';

export interface KubectlResult {
  code: number | null;
  stdout: string;
  stderr: string;
}

interface KubectlOptions {
  /** What `-f -` reads. An object goes as JSON. */
  input?: string | object;
  /** The administrator's where it is left out. */
  kubeconfig?: string;
}

/** Resolves when it has ended, however it did. */
export async function kubectl(
  parameters: readonly string[],
  { input = '', kubeconfig }: KubectlOptions = {},
): Promise<KubectlResult> {
  const controlPlane = sharedControlPlane();
  const child = spawn(controlPlane.kubectl, parameters, {
    env: {
      KUBECONFIG: kubeconfig ?? controlPlane.kubeconfig,
      // What it remembers of an API server on this port may come from an earlier one.
      KUBECACHEDIR: join(controlPlane.dir, 'kubectl-cache'),
    },
    timeout: 60_000,
  });
  // It need not read what it gets.
  child.stdin.on('error', () => {});
  child.stdin.end(typeof input === 'string' ? input : JSON.stringify(input));
  const exit = once(child, 'exit');
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [code] = (await exit) as [number | null];
  return { code, stdout, stderr };
}
