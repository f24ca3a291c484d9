// Starts the receiver of webhooks, and asks it what has come.
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { Component } from '../tools/control-plane/component.ts';
import { freePort } from '../tools/control-plane/ports.ts';
import type { Arrival } from './receiver-process.ts';
import type { Stage } from './stage.ts';

export interface Receiver {
  /** Where the events of a run go. */
  urlOf: (run: string) => string;
  /** Resolves when that many different events have come, or after the time. */
  waitFor: (run: string, distinct: number, timeoutMs: number) => Promise<void>;
  /** What has come, in the order it came. */
  arrivals: (run: string) => Promise<Arrival[]>;
}

const script = fileURLToPath(import.meta.resolve('./receiver-process.ts'));

/** Resolves when it listens. */
export async function startReceiver(
  { signal, fail, cleanup }: Pick<Stage, 'signal' | 'fail' | 'cleanup'>,
  dir: string,
): Promise<Receiver> {
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const process_ = new Component({
    name: 'the receiver',
    command: process.execPath,
    arguments: [script, String(port)],
    logFile: join(dir, 'receiver.log'),
    isReady: async () => (await fetch(origin)).ok,
    onChange: () => {},
    onUnexpectedExit: fail,
  });
  cleanup.defer(() => process_.stop());
  await process_.start({ signal });
  const urlOf = (run: string) => `${origin}/${run}`;
  return {
    urlOf,
    waitFor: (run, distinct, timeoutMs) => ask(`${urlOf(run)}?distinct=${distinct}`, signal, timeoutMs),
    arrivals: async (run) => (await (await fetch(urlOf(run), { signal })).json()) as Arrival[],
  };
}

async function ask(url: string, signal: AbortSignal, timeoutMs: number): Promise<void> {
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    await (await fetch(url, { signal: AbortSignal.any([signal, timeout]) })).text();
  } catch (error) {
    signal.throwIfAborted();
    if (!timeout.aborted) throw error;
  }
}
