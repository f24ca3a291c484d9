// Reads an OCI archive as a container runtime does: by digest, layer over layer.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

interface Descriptor {
  digest: string;
  size: number;
  annotations?: Record<string, string>;
}

export interface ArchivedImage {
  /** The name that containerd gives it. */
  reference: string | undefined;
  digest: string;
  architecture: string;
  config: {
    User: string;
    Entrypoint: string[];
    WorkingDir: string;
    Env: string[];
    Labels: Record<string, string>;
  };
  /** Tar files, the lowest first. */
  layers: string[];
}

/** Unpacks the archive into the folder. Fails where a blob is not what its descriptor says. */
export function readOciArchive(archive: string, folder: string): ArchivedImage[] {
  mkdirSync(folder, { recursive: true });
  execFileSync('tar', ['-xf', archive, '-C', folder]);
  assert.deepEqual(readJson(join(folder, 'oci-layout')), { imageLayoutVersion: '1.0.0' });
  const { manifests } = readJson(join(folder, 'index.json')) as { manifests: Descriptor[] };
  return manifests.map((descriptor) => {
    const manifest = readJson(blob(folder, descriptor)) as { config: Descriptor; layers: Descriptor[] };
    const { architecture, config, rootfs } = readJson(blob(folder, manifest.config));
    const layers = manifest.layers.map((layer) => blob(folder, layer));
    assert.deepEqual(
      rootfs.diff_ids,
      manifest.layers.map(({ digest }) => digest),
    );
    const reference = descriptor.annotations?.['io.containerd.image.name'];
    return { reference, digest: descriptor.digest, architecture, config, layers };
  });
}

/** Makes the folder the image's root file system; owners are kept where we are root. */
export function unpackImage({ layers }: ArchivedImage, root: string): void {
  mkdirSync(root, { recursive: true });
  for (const layer of layers) execFileSync('tar', ['-xpf', layer, '-C', root]);
}

function readJson(path: string) {
  return JSON.parse(readFileSync(path, 'utf8'));
}

function blob(folder: string, { digest, size }: Descriptor): string {
  const path = join(folder, 'blobs', digest.replace(':', '/'));
  const bytes = readFileSync(path);
  assert.equal(bytes.length, size);
  assert.equal(`sha256:${createHash('sha256').update(bytes).digest('hex')}`, digest);
  return path;
}
