// Applies the example of a contract as it is, or with another port where the manifests' is taken.
import { cpSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { repository } from '../control-plane/paths.ts';
import type { Contract } from './contract.ts';
import type { Kubectl } from './kubectl.ts';
import { usualPort } from './receiver.ts';
import type { Screen } from './screen.ts';

/** What every worker may do, whatever it works on. */
const workerRole = 'examples/milestone/worker-role.yaml';

/** Resolves when the endpoint, if the contract has one, has been accepted. */
export async function applyManifests(
  kubectl: Kubectl,
  { contract, port, dir, screen }: { contract: Contract; port: number; dir: string; screen: Screen },
): Promise<void> {
  const { endpoint, note } = contract;
  let { folder } = contract;
  if (port !== usualPort) {
    folder = copyWithPort(contract.folder, port, dir);
    screen.note(
      `This is a copy of ${contract.folder} in which the receiver's port is ${port} instead of ${usualPort}.`,
    );
  }
  // The Secret first: an endpoint that comes before it would be looked at again only after some seconds.
  const secret = endpoint === undefined ? [] : ['-f', `${folder}secret.yaml`];
  const role = workerRole.startsWith(contract.folder) ? [] : ['-f', workerRole];
  await kubectl.run(['apply', ...secret, ...role, '-f', folder]);
  if (note !== undefined) screen.note(note);
  if (endpoint !== undefined)
    await kubectl.run(['wait', '--for=condition=Ready', `webhookendpoint/${endpoint}`, '--timeout=30s']);
}

function copyWithPort(example: string, port: number, dir: string): string {
  const folder = join(dir, `${basename(example)}/`);
  cpSync(join(repository, example), folder, { recursive: true });
  const usual = `127.0.0.1:${usualPort}/`;
  let found = false;
  for (const name of globSync('*.yaml', { cwd: folder })) {
    const text = readFileSync(join(folder, name), 'utf8');
    found ||= text.includes(usual);
    writeFileSync(join(folder, name), text.replaceAll(usual, `127.0.0.1:${port}/`));
  }
  if (!found) throw new Error(`${example} has no URL http://${usual}…`);
  return folder;
}
