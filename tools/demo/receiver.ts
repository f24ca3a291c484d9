// Starts the receiver of the example as a process of its own, and keeps a journal of what it says it got.
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { freePort } from '../control-plane/ports.ts';
import { Program } from './program.ts';
import type { Stage } from './stage.ts';

/** The port in the example's manifest. */
export const usualPort = 8888;

const script = 'examples/milestone/receiver.ts';

export interface Receiver {
  program: Program;
  port: number;
  /** The sequence numbers that an analysis' events came with, in the order they came. */
  sequencesOf: (analysis: string) => readonly number[];
}

/** Resolves when it listens: on the port of the manifest, or on another one where that is taken. */
export async function startReceiver(
  { screen, signal, cleanup, fail }: Stage,
  dir: string,
): Promise<Receiver> {
  const port = (await isFree(usualPort)) ? usualPort : await freePort();
  if (port !== usualPort) screen.note(`Port ${usualPort} is taken on this machine, so it gets another one.`);
  const journal = new Map<string, number[]>();
  let listening = false;
  screen.command(['node', script, String(port)]);
  const program = new Program({
    name: 'the receiver',
    arguments: [script, String(port)],
    logFile: join(dir, 'receiver.log'),
    onLine: (line) => {
      listening ||= line.startsWith('listening');
      const { analysis, sequence } = deliveryIn(line);
      if (analysis === undefined) return;
      journal.set(analysis, [...(journal.get(analysis) ?? []), sequence]);
      screen.received(line);
    },
    onUnexpectedExit: fail,
  });
  cleanup.defer(() => program.stop());
  await program.until('it to listen', async () => listening, signal);
  return { program, port, sequencesOf: (analysis) => journal.get(analysis) ?? [] };
}

function deliveryIn(line: string): { analysis: string | undefined; sequence: number } {
  const [, analysis, sequence] = /^(\S+)\s+(\d+)\s+analysis\./.exec(line) ?? [];
  return { analysis, sequence: Number(sequence) };
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}
