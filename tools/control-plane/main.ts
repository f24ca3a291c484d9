// The command line of the embedded control plane.
import { readFolder, runTool } from '../command-line.ts';
import { keepInForeground } from './foreground.ts';
import { startControlPlane } from './start.ts';

const help = `Starts a real etcd and Kubernetes API server with Heliograph's resources installed, for development.

Usage: npm run control-plane -- --dir DIR

  --dir DIR  where data, logs and the kubeconfigs live; made if absent, and kept: the next start serves it again
  --help     this text

Prints one line when all is ready, stays in the foreground, and ends on SIGINT or SIGTERM.
KUBEBUILDER_ASSETS may name a folder with etcd, kube-apiserver and kubectl; else they are downloaded or built once.
`;

process.exitCode = await runTool(process.argv.slice(2), { help, read: readFolder, run });

function run(dir: string): Promise<number> {
  return keepInForeground(
    (circumstances) => startControlPlane({ dir, ...circumstances }),
    ({ kubeconfig, operatorKubeconfig }) =>
      `Ready. export KUBECONFIG=${kubeconfig} (the operator's own: ${operatorKubeconfig})`,
  );
}
