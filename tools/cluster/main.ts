// The command line of the one-node cluster.
import { readFolder, runTool } from '../command-line.ts';
import { keepInForeground } from '../control-plane/foreground.ts';
import { startCluster } from './start.ts';

const help = `Runs a real Kubernetes cluster of one node on this machine, with the image of this Heliograph. Takes root on Linux.

Usage: npm run cluster -- --dir DIR

  --dir DIR  where data, logs and the kubeconfig live; made if absent, and kept: the next start serves it again
  --help     this text

Prints one line when pods can run, stays in the foreground, and ends on SIGINT or SIGTERM. It is a machine within the
machine: its network has no way out, and whatever way it ends, no process, mount, interface or rule of it stays.
Missing Debian packages are installed with apt-get, other programs are downloaded or built once.
`;

process.exitCode = await runTool(process.argv.slice(2), { help, read: readFolder, run });

function run(dir: string): Promise<number> {
  return keepInForeground(
    (circumstances) => startCluster({ dir, ...circumstances }),
    ({ kubeconfig }) => `Ready. export KUBECONFIG=${kubeconfig}`,
  );
}
