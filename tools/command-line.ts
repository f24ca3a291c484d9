// What the tools' command lines have in common: --help, one clear line about what is wrong, else the run.
import { parseArgs } from 'node:util';

export interface Tool<T> {
  help: string;
  /** Throws an Error whose message says what is wrong. */
  read: (parameters: readonly string[]) => T;
  /** Returns the exit code when nothing runs any more. */
  run: (options: T) => Promise<number>;
}

/** Returns the exit code: 2 where the command line is wrong. */
export async function runTool<T>(
  parameters: readonly string[],
  { help, read, run }: Tool<T>,
): Promise<number> {
  if (parameters.includes('--help')) {
    process.stdout.write(help);
    return 0;
  }
  let options: T;
  try {
    options = read(parameters);
  } catch (error) {
    // parseArgs goes on to explain how to pass such a value nevertheless.
    say(
      `${messageOf(error)
        .split(/\. |\n/, 1)
        .join('')} (--help tells more)`,
    );
    return 2;
  }
  return await run(options);
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

export function say(line: string): void {
  process.stderr.write(`heliograph: ${line}\n`);
}

/** For a tool whose only flag is `--dir DIR`. Throws an Error whose message says what is wrong. */
export function readFolder(parameters: readonly string[]): string {
  const { values } = parseArgs({ args: [...parameters], options: { dir: { type: 'string' } } });
  if (values.dir === undefined || values.dir === '') throw new Error('name a folder with --dir DIR');
  return values.dir;
}
