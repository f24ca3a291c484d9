// Runs the real helm.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { ensureHelm } from '../../tools/control-plane/binaries.ts';
import { repository } from '../../tools/control-plane/paths.ts';
import type { ControlPlaneInfo } from '../../tools/control-plane/start.ts';
import { sharedControlPlane } from './control-plane.ts';

export interface HelmResult {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** The chart, from the repository's root, which is where helm runs. */
export const chart = 'helm/heliograph';

/** Resolves when it has ended, however it did. */
export async function runHelm(
  parameters: readonly string[],
  { kubeconfig, dir }: Pick<ControlPlaneInfo, 'kubeconfig' | 'dir'> = sharedControlPlane(),
): Promise<HelmResult> {
  const child = spawn(await ensureHelm(), parameters, {
    cwd: repository,
    // What it remembers is the run's own, and no plugin or repository of the user's takes part.
    env: { KUBECONFIG: kubeconfig, HOME: join(dir, 'helm') },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 120_000,
  });
  const exit = once(child, 'exit');
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [code] = (await exit) as [number | null];
  return { code, stdout, stderr };
}

/** What it prints. Throws an Error with its message where it fails. */
export async function helm(
  parameters: readonly string[],
  controlPlane?: Pick<ControlPlaneInfo, 'kubeconfig' | 'dir'>,
): Promise<string> {
  const { code, stdout, stderr } = await runHelm(parameters, controlPlane);
  if (code !== 0) throw new Error(`helm ${parameters[0]} ended with ${code}: ${stderr}`);
  return stdout;
}
