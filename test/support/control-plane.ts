// Where the tests of one run find the control plane that they share.
import type { ControlPlaneInfo } from '../../tools/control-plane/start.ts';

/** The runner's processes inherit it. */
export const controlPlaneVariable = 'HELIOGRAPH_TEST_CONTROL_PLANE';

/** Throws where the runner was started without the global set-up. */
export function sharedControlPlane(): ControlPlaneInfo {
  const json = process.env[controlPlaneVariable];
  if (json === undefined)
    throw new Error(
      'there is no control plane: run with --test-global-setup=test/support/global-setup.ts, or npm run test:cluster',
    );
  return JSON.parse(json) as ControlPlaneInfo;
}
