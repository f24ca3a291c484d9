// Where the tests of one run find the control plane that they share.
import { controlPlanes, releaseOf, type ProgramSet } from '../../tools/control-plane/program-sets.ts';
import type { ControlPlaneInfo } from '../../tools/control-plane/start.ts';

/** The runner's processes inherit it. */
export const controlPlaneVariable = 'HELIOGRAPH_TEST_CONTROL_PLANE';

/** Names the release of Kubernetes to run on, such as 1.34. */
export const releaseVariable = 'HELIOGRAPH_TEST_KUBERNETES';

/** The newest unless the run asks for another. Throws where there is no such. */
export function wantedRelease(wanted = process.env[releaseVariable]): ProgramSet {
  if (wanted === undefined) return controlPlanes[0];
  const found = controlPlanes.find((set) => releaseOf(set).startsWith(`v${wanted}.`));
  if (found !== undefined) return found;
  const known = controlPlanes.map((set) => /v(\d+\.\d+)/.exec(releaseOf(set))?.[1]);
  throw new Error(`there is no Kubernetes ${wanted} to run on: say ${known.join(' or ')}`);
}

/** Set where the operator of the tests has rights in named namespaces only, as with `watchNamespaces`. */
export const scopeVariable = 'HELIOGRAPH_TEST_NAMESPACED';

export function isNamespaced(): boolean {
  return process.env[scopeVariable] !== undefined;
}

/** Throws where the runner was started without the global set-up. */
export function sharedControlPlane(): ControlPlaneInfo {
  const json = process.env[controlPlaneVariable];
  if (json === undefined)
    throw new Error(
      'there is no control plane: run with --test-global-setup=test/support/global-setup.ts, or npm run test:cluster',
    );
  return JSON.parse(json) as ControlPlaneInfo;
}
