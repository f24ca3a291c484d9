// Assembles container images from scratch, without a container engine: an OCI image layout in one tar file.
import { createHash } from 'node:crypto';
import {
  createReadStream,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Image } from './image.ts';
import { nodeBase, nonroot } from './node-base.ts';
import { type TarEntry, withFolders, writeTar } from './tar.ts';

export interface AssembledImage {
  reference: string;
  /** Of the manifest: `sha256:` and 64 hex digits. */
  digest: string;
}

/** A content descriptor of the OCI image specification. */
interface Descriptor {
  mediaType: string;
  digest: string;
  size: number;
}

const mediaType = (of: string) => `application/vnd.oci.image.${of}`;

/**
 * Writes the images, for this machine's architecture, into one OCI archive; equal layers are in it once.
 * The same content gives the same bytes. Returns them in the order given.
 */
export async function assembleImages(options: {
  images: readonly Image[];
  output: string;
}): Promise<AssembledImage[]> {
  const { images, output } = options;
  const blobs = mkdtempSync(join(dirname(output), '.image-'));
  try {
    const store = new Blobs(blobs);
    const manifests: (Descriptor & { annotations: Record<string, string> })[] = [];
    const assembled: AssembledImage[] = [];
    for (const image of images) {
      const { reference } = image;
      const manifest = await addImage(store, image);
      // ctr names the image after the first, skopeo and podman select by the second.
      const annotations = {
        'io.containerd.image.name': reference,
        'org.opencontainers.image.ref.name': reference,
      };
      manifests.push({ ...manifest, annotations });
      assembled.push({ reference, digest: manifest.digest });
    }
    const index = { schemaVersion: 2, mediaType: mediaType('index.v1+json'), manifests };
    await writeTar(output, [
      { path: 'oci-layout', mode: 0o644, content: JSON.stringify({ imageLayoutVersion: '1.0.0' }) },
      { path: 'index.json', mode: 0o644, content: JSON.stringify(index) },
      { path: 'blobs/', mode: 0o755 },
      { path: 'blobs/sha256/', mode: 0o755 },
      ...store.entries(),
    ]);
    return assembled;
  } finally {
    rmSync(blobs, { recursive: true, force: true });
  }
}

async function addImage(store: Blobs, image: Image): Promise<Descriptor> {
  const layers: Descriptor[] = [];
  // A layer of its own, so that images share it.
  if (image.base === 'node') layers.push(await store.layer(nodeBase()));
  layers.push(await store.layer(filesOf(image)));
  const config = {
    architecture: process.arch === 'x64' ? 'amd64' : process.arch,
    os: 'linux',
    config: {
      User: `${nonroot}:${nonroot}`,
      Entrypoint: image.entrypoint,
      WorkingDir: image.workingDir ?? '/',
      Env: ['PATH=/nodejs/bin:/usr/bin:/bin'],
      Labels: image.labels ?? {},
    },
    rootfs: { type: 'layers', diff_ids: layers.map(({ digest }) => digest) },
  };
  const manifest = {
    schemaVersion: 2,
    mediaType: mediaType('manifest.v1+json'),
    config: store.json(mediaType('config.v1+json'), config),
    layers,
  };
  return store.json(manifest.mediaType, manifest);
}

function filesOf({ files }: Image): TarEntry[] {
  return withFolders(
    Object.entries(files).map(([path, file]) => ({
      path: path.slice(1),
      mode: (statSync(file).mode & 0o100) === 0 ? 0o644 : 0o755,
      content: { file },
    })),
  );
}

/** The content-addressed files of a layout, each in the folder under the hex digits of its digest. */
class Blobs {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  json(type: string, value: object): Descriptor {
    const bytes = JSON.stringify(value);
    const hex = createHash('sha256').update(bytes).digest('hex');
    writeFileSync(join(this.#folder, hex), bytes);
    return { mediaType: type, digest: `sha256:${hex}`, size: Buffer.byteLength(bytes) };
  }

  /** Not compressed: it is read on the same machine, and compressing takes longer than everything else. */
  async layer(entries: readonly TarEntry[]): Promise<Descriptor> {
    const file = join(this.#folder, 'layer');
    await writeTar(file, entries);
    const hash = createHash('sha256');
    await pipeline(createReadStream(file), hash);
    const hex = hash.digest('hex');
    const { size } = statSync(file);
    renameSync(file, join(this.#folder, hex));
    return { mediaType: mediaType('layer.v1.tar'), digest: `sha256:${hex}`, size };
  }

  entries(): TarEntry[] {
    return readdirSync(this.#folder)
      .toSorted()
      .map((hex) => ({
        path: `blobs/sha256/${hex}`,
        mode: 0o644,
        content: { file: join(this.#folder, hex) },
      }));
  }
}
