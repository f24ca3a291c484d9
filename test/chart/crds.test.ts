// The chart's CRDs are the repository's, byte for byte.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { repository } from '../../tools/control-plane/paths.ts';
import { renderText } from './render.ts';

const keep = '  annotations:\n    helm.sh/resource-policy: keep\n';
const source = '# Source: heliograph/templates/crds.yaml\n';

/** All of crds/, as one text. */
const crds = readdirSync(join(repository, 'crds'))
  .toSorted()
  .map((file) => readFileSync(join(repository, 'crds', file), 'utf8'));

test('they are the files of crds/, and nothing else', async () => {
  assert.deepEqual(await rendered(['--set', 'crds.keep=false']), crds);
});

test('to be kept they have one annotation more', async () => {
  assert.deepEqual(
    await rendered(),
    crds.map((crd) => crd.replace('\nmetadata:\n', `\nmetadata:\n${keep}`)),
  );
});

test('a release that is not the first in a cluster goes without', async () => {
  const manifests = await renderText(['--set', 'crds.enabled=false']);

  assert.ok(!manifests.includes('kind: CustomResourceDefinition'));
});

async function rendered(parameters: readonly string[] = []): Promise<string[]> {
  const text = await renderText(['--show-only', 'templates/crds.yaml', ...parameters]);
  // helm writes where a document is from, and ends each with an empty line or two.
  return text
    .split(`---\n${source}`)
    .slice(1)
    .map((one) => one.replace(/\n+$/, '\n'));
}
