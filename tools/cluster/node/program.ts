// A program of the node, and how to tell that it serves.
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { once } from 'node:events';
import { Component } from '../../control-plane/component.ts';

export interface Program {
  name: string;
  command: string;
  arguments: readonly string[];
  /** Says whether it serves now; a rejection counts as not yet. */
  isReady: () => Promise<boolean>;
}

/** Resolves when it serves. Throws ComponentError; later ends go to `onEnd`. */
export async function start(program: Program, folder: string, onEnd: (error: Error) => void): Promise<void> {
  const logFile = join(folder, `${program.name}.log`);
  writeFileSync(logFile, '', { mode: 0o600 });
  const component = new Component({ ...program, logFile, onChange: () => {}, onUnexpectedExit: onEnd });
  await component.start({ timeoutMs: 120_000 });
}

export async function answers(url: string): Promise<boolean> {
  return (await fetch(url)).ok;
}

/** Whether somebody takes connections there: a loopback port, or the path of a socket. */
export async function listens(at: number | string): Promise<boolean> {
  const socket = typeof at === 'number' ? connect(at, '127.0.0.1') : connect(at);
  await once(socket, 'connect');
  socket.destroy();
  return true;
}
