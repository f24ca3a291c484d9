// Applies examples/milestone/ as it is, or with another port where the manifest's is taken.
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { repository } from '../control-plane/paths.ts';
import type { Kubectl } from './kubectl.ts';
import { usualPort } from './receiver.ts';
import type { Screen } from './screen.ts';

const example = 'examples/milestone/';

/** Resolves when the endpoint has been accepted. */
export async function applyManifests(
  kubectl: Kubectl,
  { port, dir, screen }: { port: number; dir: string; screen: Screen },
): Promise<void> {
  let folder = example;
  if (port !== usualPort) {
    folder = copyWithPort(port, dir);
    screen.note(
      `This is a copy of ${example} in which the receiver's port is ${port} instead of ${usualPort}.`,
    );
  }
  await kubectl.run(['apply', '-f', folder]);
  screen.note(
    'The Job is a worker for a real cluster. There are no nodes here to run it, so the next step plays its part.',
  );
  await kubectl.run(['wait', '--for=condition=Ready', 'webhookendpoint/ochy', '--timeout=30s']);
}

function copyWithPort(port: number, dir: string): string {
  const folder = join(dir, 'milestone/');
  cpSync(join(repository, example), folder, { recursive: true });
  const file = join(folder, 'endpoint.yaml');
  const text = readFileSync(file, 'utf8');
  const usual = `127.0.0.1:${usualPort}/`;
  if (!text.includes(usual))
    throw new Error(`${example}endpoint.yaml does not have the URL http://${usual}…`);
  writeFileSync(file, text.replace(usual, `127.0.0.1:${port}/`));
  return folder;
}
