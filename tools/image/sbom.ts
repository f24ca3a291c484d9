// The software bill of materials of the bundle, in CycloneDX.
import { spawnSync } from 'node:child_process';
import { repository } from '../control-plane/paths.ts';
import { type BundledPackage, product } from './bundle.ts';

/** The parts of a CycloneDX document that we change; references have npm's form, `name@version`. */
interface Sbom {
  metadata: { component: { name: string } };
  components: { 'bom-ref': string }[];
  dependencies: { ref: string; dependsOn: string[] }[];
}

/**
 * npm describes what is installed; we keep what is in the bundle. Its own `--omit dev` would also omit what a
 * development tool needs besides us, such as zod (https://github.com/npm/cli/issues/7909).
 * Throws where npm fails or does not know a bundled package.
 */
export function sbomOf(packages: readonly BundledPackage[]): string {
  const { name, version } = product();
  const sbom = describeInstalled();
  // npm names it after the folder of the checkout.
  sbom.metadata.component.name = name;
  const kept = new Set(packages.map((one) => `${one.name}@${one.version}`));
  sbom.components = sbom.components.filter((component) => kept.delete(component['bom-ref']));
  if (kept.size > 0) throw new Error(`npm sbom does not know ${[...kept].join(', ')}`);
  const listed = new Set([`${name}@${version}`, ...sbom.components.map((component) => component['bom-ref'])]);
  sbom.dependencies = sbom.dependencies
    .filter(({ ref }) => listed.has(ref))
    .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((other) => listed.has(other)) }));
  return `${JSON.stringify(sbom, undefined, 2)}\n`;
}

function describeInstalled(): Sbom {
  const { error, status, stdout, stderr } = spawnSync(
    'npm',
    ['sbom', '--sbom-format', 'cyclonedx', '--sbom-type', 'application'],
    { cwd: repository, encoding: 'utf8', maxBuffer: 1 << 26 },
  );
  if (status !== 0) throw new Error(`npm sbom failed: ${stderr ?? ''}`, { cause: error });
  return JSON.parse(stdout) as Sbom;
}
