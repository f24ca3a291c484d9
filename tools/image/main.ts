// The command line of what is released: the bundle, its bill of materials, and the image without a container engine.
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { messageOf, runTool, say } from '../command-line.ts';
import { assembleImages } from './assemble.ts';
import { bundleOperator, dist, product, writeBundle, writeOutput } from './bundle.ts';
import { heliographImage } from './image.ts';
import { sbomOf } from './sbom.ts';

const help = `Builds what is released, into dist/.

Usage: npm run bundle | npm run sbom | npm run image [-- --reference REFERENCE]

  bundle  heliograph.mjs, the operator in one file, and THIRD_PARTY_LICENSES
  sbom    heliograph.cdx.json, what is in the bundle, in CycloneDX
  image   heliograph.oci.tar, an OCI archive for this machine's architecture: the same content as the
          Dockerfile's on a base from scratch, for a node without a registry (ctr -n k8s.io images import)

  --reference REFERENCE  the image's name and tag (default ghcr.io/heliograph/heliograph:VERSION)
  --help                 this text
`;

interface Options {
  command: keyof typeof commands;
  reference: string;
}

const commands = { bundle, sbom, image };

process.exitCode = await runTool(process.argv.slice(2), { help, read, run });

function read(parameters: readonly string[]): Options {
  const { values, positionals } = parseArgs({
    args: [...parameters],
    allowPositionals: true,
    options: { reference: { type: 'string' } },
  });
  const [command = '', ...others] = positionals;
  if (!isCommand(command) || others.length > 0) throw new Error('name one of bundle, sbom and image');
  if (values.reference !== undefined && command !== 'image')
    throw new Error('only an image has a --reference');
  const { version } = product();
  return { command, reference: values.reference ?? `ghcr.io/heliograph/heliograph:${version}` };
}

function isCommand(name: string): name is Options['command'] {
  return Object.hasOwn(commands, name);
}

async function run({ command, reference }: Options): Promise<number> {
  try {
    await commands[command](reference);
    return 0;
  } catch (error) {
    say(messageOf(error));
    return 1;
  }
}

async function bundle(): Promise<void> {
  const packages = await writeBundle(dist);
  wrote('heliograph.mjs', `${packages.length} packages`);
}

async function sbom(): Promise<void> {
  const { packages } = await bundleOperator();
  writeOutput(dist, 'heliograph.cdx.json', sbomOf(packages));
  wrote('heliograph.cdx.json', `${packages.length} packages`);
}

async function image(reference: string): Promise<void> {
  const output = join(dist, 'heliograph.oci.tar');
  const [assembled] = await assembleImages({ images: [await heliographImage(reference)], output });
  wrote('heliograph.oci.tar', `${reference} ${assembled?.digest ?? ''}`);
}

function wrote(file: string, what: string): void {
  const megabytes = (statSync(join(dist, file)).size / 1e6).toFixed(1);
  console.log(`dist/${file}, ${megabytes} MB: ${what}`);
}
