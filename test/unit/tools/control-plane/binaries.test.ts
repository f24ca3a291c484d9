// Where the programs of the control plane come from.
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { test, type TestContext } from 'node:test';
import { ensureBinaries } from '../../../../tools/control-plane/binaries.ts';

test('KUBEBUILDER_ASSETS names the folder of the programs', async (t) => {
  const folder = folderWith(t, ['etcd', 'kube-apiserver', 'kubectl']);

  const found = await ensureBinaries({ env: { KUBEBUILDER_ASSETS: folder } });

  assert.deepEqual(found, {
    etcd: join(folder, 'etcd'),
    kubeApiserver: join(folder, 'kube-apiserver'),
    kubectl: join(folder, 'kubectl'),
  });
});

test('KUBEBUILDER_ASSETS may be relative, and is made absolute', async (t) => {
  const folder = folderWith(t, ['etcd', 'kube-apiserver', 'kubectl']);

  const { etcd } = await ensureBinaries({ env: { KUBEBUILDER_ASSETS: relative('.', folder) } });

  assert.equal(etcd, join(folder, 'etcd'));
});

test('a folder that lacks programs is refused with their names and what to do', async (t) => {
  const folder = folderWith(t, ['etcd']);

  await assert.rejects(ensureBinaries({ env: { KUBEBUILDER_ASSETS: folder } }), {
    code: 'BINARIES_UNAVAILABLE',
    message:
      `KUBEBUILDER_ASSETS is ${folder}, which has no executable kube-apiserver, kubectl; ` +
      'name a folder that has, or unset it to have the programs downloaded or built',
  });
});

test('a folder that does not exist lacks all three', async (t) => {
  const folder = join(folderWith(t, []), 'absent');

  await assert.rejects(ensureBinaries({ env: { KUBEBUILDER_ASSETS: folder } }), {
    message: /has no executable etcd, kube-apiserver, kubectl;/,
  });
});

test('what cannot be executed is no program', async (t) => {
  const folder = folderWith(t, ['etcd', 'kube-apiserver']);
  writeFileSync(join(folder, 'kubectl'), '', { mode: 0o600 });
  rmSync(join(folder, 'etcd'));
  mkdirSync(join(folder, 'etcd'));

  await assert.rejects(ensureBinaries({ env: { KUBEBUILDER_ASSETS: folder } }), {
    message: /has no executable etcd, kubectl;/,
  });
});

/** Goes with the test. */
function folderWith(t: TestContext, programs: readonly string[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'heliograph-binaries-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  for (const name of programs) {
    writeFileSync(join(folder, name), '#!/bin/sh\n');
    chmodSync(join(folder, name), 0o755);
  }
  return folder;
}
