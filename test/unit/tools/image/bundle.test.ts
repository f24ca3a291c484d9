// The bundle as a file: what is in it, under which licences, and the bill of materials.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';
import { repository } from '../../../../tools/control-plane/paths.ts';
import { bundleOperator, licencesOf } from '../../../../tools/image/bundle.ts';
import { sbomOf } from '../../../../tools/image/sbom.ts';

const { code, packages } = await bundleOperator();
const names = packages.map(({ name }) => name);

/** What the bundler notes before each module in the text, which is not how the list of packages comes about. */
function packagesNamedIn(text: string): string[] {
  const paths = [...text.matchAll(/^\/\/ node_modules\/((?:@[^/\n]+\/)?[^/\n]+)\//gm)];
  return [...new Set(paths.map(([, name = '']) => name))].toSorted();
}

test('every runtime dependency is in it, and what they need', () => {
  const { dependencies } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8'));
  assert.deepEqual(
    Object.keys(dependencies).filter((name) => !names.includes(name)),
    [],
  );
  assert.deepEqual(packagesNamedIn(code), names);
});

test('nothing is asked for at run time but Node itself and what is known to be optional', () => {
  const asked = [...code.matchAll(/(?:\b__require\(|\bimport\(|^import [^"\n]*)"([^"\n]+)"/gm)].map(
    ([, name = '']) => name,
  );
  assert.ok(asked.includes('node:crypto'));
  const builtin = new Set(builtinModules.flatMap((name) => [name, `node:${name}`]));
  // ws does without the first two, debug without the third.
  const optional = ['bufferutil', 'utf-8-validate', 'supports-color'];
  assert.deepEqual(asked.filter((name) => !builtin.has(name)).toSorted(), optional.toSorted());
});

test('the same again is the same, byte for byte, and tells nothing of the machine', async () => {
  assert.equal((await bundleOperator()).code, code);
  assert.ok(!code.includes(repository));
});

test('each package is named with its licence and its text', () => {
  const licences = licencesOf(packages);
  for (const { name, version, license } of packages)
    assert.ok(licences.includes(`${name} ${version} (${license})\n\n`), name);
  assert.ok(licences.includes('Apache License'));
  assert.throws(() => licencesOf([{ ...packages[0]!, name: 'bare', folder: join(repository, 'src') }]), {
    message: 'bare has no licence text',
  });
});

test('the bill of materials lists exactly what is in the bundle', () => {
  const sbom = JSON.parse(sbomOf(packages));
  assert.equal(sbom.bomFormat, 'CycloneDX');
  assert.equal(sbom.metadata.component.name, 'heliograph');
  assert.equal(sbom.metadata.component.type, 'application');
  assert.deepEqual(
    sbom.components.map(({ name }: { name: string }) => name).toSorted(),
    packagesNamedIn(code),
  );
  for (const component of sbom.components) {
    const { name, version } = component;
    const installed = JSON.parse(
      readFileSync(join(repository, 'node_modules', name, 'package.json'), 'utf8'),
    );
    assert.equal(version, installed.version);
    assert.equal(component.hashes[0].alg, 'SHA-512');
    assert.ok(component.licenses.length > 0);
  }
});

test('its dependencies hang together, from the operator on', () => {
  const sbom = JSON.parse(sbomOf(packages));
  const graph = new Map<string, string[]>(
    sbom.dependencies.map(({ ref, dependsOn }: { ref: string; dependsOn: string[] }) => [ref, dependsOn]),
  );
  const reached = new Set<string>([sbom.metadata.component['bom-ref']]);
  for (const ref of reached) for (const other of graph.get(ref) ?? []) reached.add(other);
  assert.equal(reached.size, packages.length + 1);
  assert.equal(graph.size, reached.size);
});

test('a bundled package that npm does not know is an error', () => {
  assert.throws(() => sbomOf([{ ...packages[0]!, version: '0.0.0-none' }]), /npm sbom does not know/);
});
