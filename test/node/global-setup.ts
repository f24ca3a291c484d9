// Gets the programs before any test runs: the first time that takes longer than a test may.
import { say } from '../../tools/command-line.ts';
import { ensureHelm } from '../../tools/control-plane/binaries.ts';
import { prepareCluster } from '../../tools/cluster/start.ts';

export async function globalSetup(): Promise<void> {
  await prepareCluster({ progress: say });
  await ensureHelm({ progress: say });
}
