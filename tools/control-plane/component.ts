// One program of the control plane: start it, see it ready, signal it, start it again.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { dyingWithUs } from './dying-with-us.ts';

export interface ComponentOptions {
  name: string;
  command: string;
  arguments: readonly string[];
  /** Gets both output streams. */
  logFile: string;
  /** Says whether the program serves now; a rejection counts as not yet. */
  isReady: () => Promise<boolean>;
  /** Called when a process has started or ended. */
  onChange: () => void;
  /** Called when the program ends and neither `kill` nor a failing `start` is the cause. */
  onUnexpectedExit: (error: Error) => void;
}

/** A program that ended or did not get ready; the message holds the last lines of its log. Do not retry. */
export class ComponentError extends Error {
  readonly code = 'COMPONENT_FAILED';
  /** The message without the log. */
  readonly summary: string;

  constructor(summary: string, logTail?: string) {
    super(logTail === undefined ? summary : `${summary}:\n${logTail}`);
    this.summary = summary;
  }
}

const fatalSignals: readonly NodeJS.Signals[] = ['SIGKILL', 'SIGTERM', 'SIGINT'];

export class Component {
  readonly name: string;
  readonly #options: ComponentOptions;
  #child: ChildProcess | undefined;
  #endIsExpected = false;

  constructor(options: ComponentOptions) {
    this.name = options.name;
    this.#options = options;
  }

  /** The process's id; undefined while it does not run. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Starts it, or starts it again with the same arguments, and resolves when it serves. Throws ComponentError. */
  async start({
    timeoutMs = 60_000,
    signal,
  }: {
    timeoutMs?: number;
    signal?: AbortSignal;
  } = {}): Promise<void> {
    if (this.#child !== undefined) throw new ComponentError(`${this.name} runs already`);
    const child = this.#spawn();
    const deadline = performance.now() + timeoutMs;
    while (!(await this.#options.isReady().catch(() => false))) {
      if (this.#child !== child) throw this.#error('ended before it was ready');
      signal?.throwIfAborted();
      if (performance.now() > deadline) throw this.#error(`was not ready within ${timeoutMs / 1000} s`);
      await delay(25);
    }
    // From here on nobody awaits it, so an end is news.
    this.#endIsExpected = false;
  }

  /** Sends a signal. Resolves when the process is gone if the signal ends it, else at once. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    if (!fatalSignals.includes(signal)) {
      child.kill(signal);
      return;
    }
    this.#endIsExpected = true;
    const exit = once(child, 'exit');
    child.kill(signal);
    await exit;
  }

  /** Ends it: at once, or with `graceMs` to put things in order. */
  async stop(graceMs = 0): Promise<void> {
    if (graceMs > 0) {
      // A program that a test has paused would sleep through SIGTERM.
      this.#child?.kill('SIGCONT');
      const grace = new AbortController();
      await Promise.race([this.kill('SIGTERM'), delay(graceMs, undefined, grace).catch(() => {})]);
      grace.abort();
    }
    await this.kill('SIGKILL');
  }

  /** The last lines of its log. */
  logTail(lines = 12): string {
    return readFileSync(this.#options.logFile, 'utf8').trimEnd().split('\n').slice(-lines).join('\n');
  }

  #spawn(): ChildProcess {
    const { command, logFile, arguments: parameters, onChange } = this.#options;
    const log = openSync(logFile, 'a', 0o600);
    // In a process group of its own: Ctrl-C signals the whole foreground group, and only the launcher may decide.
    const child = spawn(...dyingWithUs(command, parameters), { stdio: ['ignore', log, log], detached: true });
    closeSync(log);
    this.#child = child;
    this.#endIsExpected = true;
    const killNow = () => child.kill('SIGKILL');
    process.once('exit', killNow);
    const ended = (what: string) => {
      process.off('exit', killNow);
      if (this.#child !== child) return;
      this.#child = undefined;
      onChange();
      if (!this.#endIsExpected) this.#options.onUnexpectedExit(this.#error(what));
    };
    child.once('error', (error) => ended(`could not run: ${error.message}`));
    child.once('exit', (code, signal) => ended(`ended unexpectedly (${signal ?? `exit code ${code}`})`));
    onChange();
    return child;
  }

  #error(what: string): ComponentError {
    return new ComponentError(`${this.name} ${what}, see ${this.#options.logFile}`, this.logTail());
  }
}
