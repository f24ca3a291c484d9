// What the pods of the node run: there is no registry to pull from.
import { assembleImages } from '../image/assemble.ts';
import { product } from '../image/bundle.ts';
import { heliographImage, type Image, pauseImage } from '../image/image.ts';
import { releaseOf, controlPlanes } from '../control-plane/program-sets.ts';

export const sandboxImage = 'heliograph.dev/pause:1';

/** The operator's as the chart names it, kubectl's as the examples do, and the one that holds pods' namespaces. */
export async function writeImages(output: string, kubectl: string): Promise<void> {
  await assembleImages({
    images: [
      pauseImage(sandboxImage),
      await heliographImage(`ghcr.io/heliograph/heliograph:${product().version}`),
      kubectlImage(kubectl),
    ],
    output,
  });
}

/** Everything that the published one has. */
function kubectlImage(kubectl: string): Image {
  return {
    reference: `registry.k8s.io/kubectl:${releaseOf(controlPlanes[0])}`,
    base: 'empty',
    files: { '/bin/kubectl': kubectl },
    entrypoint: ['/bin/kubectl'],
  };
}
