// What goes into an image: a base, files and the process configuration. See assemble.ts for how it is written.
//
//   import { assembleImages } from '../image/assemble.ts';
//   import { heliographImage, nodeImage, pauseImage } from '../image/image.ts';
//
//   const [heliograph, pause, receiver] = await assembleImages({
//     output: join(dir, 'images.oci.tar'),
//     images: [
//       await heliographImage('ghcr.io/heliograph/heliograph:0.1.0'),
//       pauseImage('heliograph.test/pause:1'),
//       nodeImage('heliograph.test/receiver:1', 'test/node/receiver.mjs'),
//     ],
//   });
//   // ctr -n k8s.io images import images.oci.tar
//   heliograph.digest; // 'sha256:…' of the manifest, the same for the same content
import { basename, join } from 'node:path';
import { repository } from '../control-plane/paths.ts';
import { dist, product, writeBundle } from './bundle.ts';
import { buildPause } from './pause.ts';

export interface Image {
  /** Fully qualified with a tag, for example `ghcr.io/heliograph/heliograph:0.1.0`. */
  reference: string;
  /** `node` has Node 24 at `/nodejs/bin/node`, as distroless; `empty` has nothing. */
  base: 'node' | 'empty';
  /** Absolute path in the image → local file. Owned by root; executable where the local file is. */
  files: Readonly<Record<string, string>>;
  entrypoint: readonly string[];
  /** The folder it starts in; `/` by default. */
  workingDir?: string;
  labels?: Readonly<Record<string, string>>;
}

/** The operator as the Dockerfile makes it, with a bundle that is built now into `dist/`. */
export async function heliographImage(reference: string): Promise<Image> {
  await writeBundle(dist);
  const bundle = join(dist, 'heliograph.mjs');
  const image = nodeImage(reference, bundle);
  const { name, version, description, license } = product();
  return {
    ...image,
    files: {
      ...image.files,
      '/app/THIRD_PARTY_LICENSES': join(dist, 'THIRD_PARTY_LICENSES'),
      '/app/LICENSE': join(repository, 'LICENSE'),
    },
    labels: {
      'org.opencontainers.image.title': name,
      'org.opencontainers.image.description': description,
      'org.opencontainers.image.licenses': license,
      'org.opencontainers.image.version': version,
    },
  };
}

/** A script without dependencies on the node base: `/app/<its name>`, which gets a container's `args`. */
export function nodeImage(reference: string, script: string): Image {
  const path = `/app/${basename(script)}`;
  return {
    reference,
    base: 'node',
    files: { [path]: script },
    entrypoint: ['/nodejs/bin/node', path],
    workingDir: '/app',
  };
}

/** What holds a pod's namespaces. Takes Go. */
export function pauseImage(reference: string): Image {
  return { reference, base: 'empty', files: { '/pause': buildPause(dist) }, entrypoint: ['/pause'] };
}
