// Starts the receiver of the example as a process of its own, and keeps a journal of what it says it got.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { repository } from '../control-plane/paths.ts';
import { freePort, isFree } from '../control-plane/ports.ts';
import type { Contract } from './contract.ts';
import { Program } from './program.ts';
import type { Stage } from './stage.ts';

/** The port in the examples' manifests. */
export const usualPort = 8888;

export interface Receiver {
  program: Program;
  port: number;
  /** What it printed of the deliveries of an analysis, by the id it has there, in the order they came. */
  deliveriesOf: (id: string) => readonly string[];
}

/** Resolves when it listens: on the port of the manifests, or on another one where that is taken. */
export async function startReceiver(stage: Stage, dir: string): Promise<Receiver> {
  const first = (await isFree(usualPort)) ? await startOn(usualPort, stage, dir) : undefined;
  if (first !== undefined) return first;
  stage.screen.note(`Port ${usualPort} is taken on this machine, so it gets another one.`);
  for (;;) {
    const receiver = await startOn(await freePort(), stage, dir);
    if (receiver !== undefined) return receiver;
  }
}

/** Undefined when somebody else was faster to take the port. */
async function startOn(
  port: number,
  { contract, screen, signal, cleanup, fail }: Stage,
  dir: string,
): Promise<Receiver | undefined> {
  const { folder, endpoint, receiverParameters = [] } = contract;
  const script = [`${folder}receiver.ts`, String(port), ...receiverParameters];
  const env: Record<string, string> = endpoint === undefined ? {} : { WEBHOOK_SECRET: secretOf(contract) };
  screen.command([...Object.entries(env).map(([name, value]) => `${name}=${value}`), 'node', ...script]);
  const journal = new Map<string, string[]>();
  let isListening = false;
  let isTaken = false;
  const program = new Program({
    name: 'the receiver',
    arguments: script,
    env,
    logFile: join(dir, 'receiver.log'),
    onLine: (line) => {
      if (line.startsWith('listening')) isListening = true;
      else if (line.startsWith(' ')) screen.output(line);
      else {
        const [id = '', ...rest] = line.split(/ +/);
        journal.set(id, [...(journal.get(id) ?? []), rest.join(' ')]);
        screen.received(line);
      }
    },
    onUnexpectedExit: (error) => {
      if (error.message.includes(`port ${port} is taken`)) isTaken = true;
      else fail(error);
    },
  });
  cleanup.defer(() => program.stop());
  await program.until('it to listen', async () => isListening || isTaken, signal);
  if (isTaken) return undefined;
  return { program, port, deliveriesOf: (id) => journal.get(id) ?? [] };
}

/** What the example's receiver checks signatures with. */
function secretOf({ folder }: Contract): string {
  const manifest: { stringData: { secret: string } } = parse(
    readFileSync(join(repository, folder, 'secret.yaml'), 'utf8'),
  );
  return manifest.stringData.secret;
}
