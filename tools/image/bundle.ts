// Bundles the operator and what it depends on into one file, with the licences of what is in it.
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type OutputChunk, type Plugin, rolldown } from 'rolldown';
import { repository } from '../control-plane/paths.ts';

/** Where everything goes that is built; git ignores it. */
export const dist = join(repository, 'dist');

/** What package.json says of the operator. */
export function product() {
  const { name, version, description, license } = readPackage(repository);
  return { name, version, description, license };
}

/** Writes `heliograph.mjs` and `THIRD_PARTY_LICENSES` into the folder and returns what is in the bundle. */
export async function writeBundle(folder: string): Promise<readonly BundledPackage[]> {
  const { code, packages } = await bundleOperator();
  writeOutput(folder, 'heliograph.mjs', code);
  writeOutput(folder, 'THIRD_PARTY_LICENSES', licencesOf(packages));
  return packages;
}

/** In one step, so that another build at the same time or a reader never sees half a file. */
export function writeOutput(folder: string, name: string, content: string): void {
  const path = join(folder, name);
  const aside = `${path}.${process.pid}`;
  mkdirSync(folder, { recursive: true });
  writeFileSync(aside, content);
  renameSync(aside, path);
}

export interface BundledPackage {
  name: string;
  version: string;
  /** An SPDX expression. */
  license: string;
  description: string;
  folder: string;
}

export interface Bundle {
  code: string;
  /** In the order of their names. */
  packages: readonly BundledPackage[];
}

/**
 * Not minified: that would save 2 MB and some 10 ms of each start, and cost the names in stack traces.
 * Throws on an import that it cannot resolve.
 */
export async function bundleOperator(plugins: readonly Plugin[] = []): Promise<Bundle> {
  const build = await rolldown({
    cwd: repository,
    plugins: [...plugins],
    input: 'src/main.ts',
    platform: 'node',
    onLog: (_level, { message }) => {
      throw new Error(message);
    },
  });
  try {
    const { output } = await build.generate({ format: 'esm', minify: false, codeSplitting: false });
    const [chunk, ...others] = output;
    if (others.length > 0) throw new Error(`the bundle is not one file: ${others[0]?.fileName}`);
    return { code: chunk.code, packages: packagesOf(chunk) };
  } finally {
    await build.close();
  }
}

function packagesOf({ modules }: OutputChunk): BundledPackage[] {
  const folders = new Set<string>();
  for (const [path, { renderedLength }] of Object.entries(modules)) {
    const folder = /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0];
    if (folder !== undefined && renderedLength > 0) folders.add(folder);
  }
  return [...folders].map(readPackage).toSorted((one, other) => (one.name < other.name ? -1 : 1));
}

function readPackage(folder: string): BundledPackage {
  const { name, version, license, description } = JSON.parse(
    readFileSync(join(folder, 'package.json'), 'utf8'),
  );
  return { name, version, license, description, folder };
}

/** What their authors ask to be passed on with copies. Throws where a package has no licence text. */
export function licencesOf(packages: readonly BundledPackage[]): string {
  return packages
    .map(({ name, version, license, folder }) => {
      const texts = readdirSync(folder).filter((file) => /^(un)?licen[cs]e|^notice|^copying/i.test(file));
      if (texts.length === 0) throw new Error(`${name} has no licence text`);
      const contents = texts.toSorted().map((file) => readFileSync(join(folder, file), 'utf8').trim());
      return [`${name} ${version} (${license})`, ...contents].join('\n\n');
    })
    .join(`\n\n${'-'.repeat(80)}\n\n`)
    .concat('\n');
}
