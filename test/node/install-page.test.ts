// docs/install.md from its first command to its last, on a cluster that has never seen Heliograph.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { ensureHelm } from '../../tools/control-plane/binaries.ts';
import { repository } from '../../tools/control-plane/paths.ts';
import { sharedControlPlane } from '../support/control-plane.ts';
import { temporaryFolder } from '../support/launcher.ts';
import { startCluster, stopCluster } from './cluster.ts';

const page = readFileSync(join(repository, 'docs/install.md'), 'utf8');
const blocks = [...page.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block]) => block ?? '');

test('whoever follows docs/install.md sees the first delivery, and nothing is left', async (t) => {
  const cluster = await startCluster(temporaryFolder(t));
  t.after(() => stopCluster(cluster));
  const { kubeconfig, kubectl } = sharedControlPlane();
  const path = [dirname(kubectl), dirname(await ensureHelm()), process.env['PATH']].join(':');
  const env = { ...process.env, KUBECONFIG: kubeconfig, HOME: dirname(kubeconfig), PATH: path };

  const printed: string[] = [];
  for (const block of blocks) {
    // -x shows what is run, should it fail.
    const { stdout } = await promisify(execFile)('bash', ['-eux', '-c', block], { cwd: repository, env });
    printed.push(stdout);
  }

  const logs = printed[blocks.findIndex((block) => block.includes('kubectl logs'))] ?? '';
  const sequences = [...logs.matchAll(/"sequence":(\d+)/g)].map(([, sequence]) => Number(sequence));
  assert.deepEqual(sequences, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  assert.match(printed.at(-1) ?? '', /"analyses.heliograph.dev" deleted/);
});
