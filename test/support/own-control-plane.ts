// A control plane for one test file alone: for what would disturb the others on the shared one.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { type ControlPlane, startControlPlane } from '../../tools/control-plane/start.ts';
import { controlPlaneVariable, scopeVariable, wantedRelease } from './control-plane.ts';
import { installRelease } from './release.ts';

interface Options {
  /** Install nothing. */
  bare?: boolean;
  /** Of the chart, as `helm install --set` takes them. */
  values?: readonly string[];
}

/** Ends with the test. From now on it is the one that the helpers of this process work on. */
export async function startOwnControlPlane(
  t: TestContext,
  { bare = false, values = [] }: Options = {},
): Promise<ControlPlane> {
  const dir = mkdtempSync(join(tmpdir(), 'heliograph-test-'));
  const controlPlane = await startControlPlane({
    dir,
    temporary: true,
    bare: true,
    release: wantedRelease(),
  });
  t.after(controlPlane.stop);
  const { apiServer, etcd, stop, ...started } = controlPlane;
  const info = bare ? started : await installRelease(started, { values });
  process.env[controlPlaneVariable] = JSON.stringify(info);
  // The pool of namespaces is on the shared one.
  delete process.env[scopeVariable];
  return { ...info, apiServer, etcd, stop };
}
