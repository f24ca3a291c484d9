// A control plane for one test file alone: for what would disturb the others on the shared one.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { type ControlPlane, startControlPlane } from '../../tools/control-plane/start.ts';
import { controlPlaneVariable } from './control-plane.ts';

/** Ends with the test. From now on it is the one that the helpers of this process work on. */
export async function startOwnControlPlane(t: TestContext): Promise<ControlPlane> {
  const dir = mkdtempSync(join(tmpdir(), 'heliograph-test-'));
  const controlPlane = await startControlPlane({ dir, temporary: true });
  t.after(controlPlane.stop);
  const { apiServer: _apiServer, etcd: _etcd, stop: _stop, ...info } = controlPlane;
  process.env[controlPlaneVariable] = JSON.stringify(info);
  return controlPlane;
}
