// A program of the demo that runs beside it: its lines as they come, a log file, and an end that never goes unnoticed.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { dyingWithUs } from '../control-plane/dying-with-us.ts';
import { repository } from '../control-plane/paths.ts';
import { until } from '../control-plane/poll.ts';

export interface ProgramOptions {
  /** For messages: "the operator". */
  name: string;
  /** A script of the repository and its parameters; it runs on our own Node. */
  arguments: readonly string[];
  env?: Readonly<Record<string, string>>;
  /** Gets both output streams. */
  logFile: string;
  /** Gets each line of the standard output. */
  onLine: (line: string) => void;
  /** Called when it ends and `stop` is not the cause. */
  onUnexpectedExit: (error: Error) => void;
}

const tailLines = 5;
const graceMs = 5000;

export class Program {
  readonly #name: string;
  readonly #child: ChildProcess;
  readonly #tail: string[] = [];
  #stopping = false;

  constructor(options: ProgramOptions) {
    this.#name = options.name;
    const command = dyingWithUs(process.execPath, options.arguments);
    // In a process group of its own: Ctrl-C signals the whole foreground group, and we end things in order.
    this.#child = spawn(...command, {
      cwd: repository,
      env: { ...process.env, ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    this.#log(options);
    const killNow = () => this.#child.kill('SIGKILL');
    process.once('exit', killNow);
    const ended = (what: string) => {
      process.off('exit', killNow);
      if (!this.#stopping) options.onUnexpectedExit(new Error(this.#explain(what)));
    };
    this.#child.once('error', (error) => ended(`could not run: ${error.message}`));
    // `close` comes after `exit`, when the last words have been read.
    this.#child.once('close', (code, signal) =>
      ended(`ended unexpectedly (${signal ?? `exit code ${code}`})`),
    );
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Waits for something that it does; if that is in vain, the error has its last words. */
  async until(what: string, check: () => Promise<boolean>, signal: AbortSignal): Promise<void> {
    try {
      await until(what, check, { signal });
    } catch (error) {
      if (signal.aborted) throw error;
      throw new Error(
        this.#explain(`is not at work: ${error instanceof Error ? error.message : String(error)}`),
        { cause: error },
      );
    }
  }

  /** Ends it: gently, then at once. */
  async stop(): Promise<void> {
    this.#stopping = true;
    const { exitCode, signalCode, pid } = this.#child;
    if (pid === undefined || exitCode !== null || signalCode !== null) return;
    const exit = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    const grace = new AbortController();
    await Promise.race([exit, delay(graceMs, undefined, grace).catch(() => {})]);
    grace.abort();
    this.#child.kill('SIGKILL');
    await exit;
  }

  #log({ logFile, onLine }: ProgramOptions): void {
    const log = openSync(logFile, 'a', 0o600);
    this.#child.once('close', () => closeSync(log));
    const keep = (line: string) => {
      writeSync(log, `${line}\n`);
      this.#tail.push(line);
      if (this.#tail.length > tailLines) this.#tail.shift();
    };
    const { stdout, stderr } = this.#child;
    if (stdout !== null) createInterface(stdout).on('line', keep).on('line', onLine);
    if (stderr !== null) createInterface(stderr).on('line', keep);
  }

  #explain(what: string): string {
    const said = this.#tail.length === 0 ? '' : `; its last words:\n${this.#tail.join('\n')}`;
    return `${this.#name} ${what}${said}`;
  }
}
