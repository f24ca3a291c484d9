// Builds programs from the Go modules that a go.mod pins.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { BinariesError } from './binaries-error.ts';
import { dyingWithUs } from './dying-with-us.ts';
import { releaseOf, type ProgramSet } from './program-sets.ts';

export interface BuildOptions {
  progress: (line: string) => void;
  env: NodeJS.ProcessEnv;
  signal?: AbortSignal;
}

const heartbeatMs = 30_000;

/** Puts the programs of the set into the folder. Throws BinariesError, or the signal's reason. */
export async function buildPrograms(set: ProgramSet, work: string, options: BuildOptions): Promise<void> {
  const { progress, signal } = options;
  await requireGo(set, options);
  const version = releaseOf(set);
  progress(
    `Building ${set.title} ${version} from source: about ${set.minutes} minutes the first time on 2 cores`,
  );
  const programs = Object.keys(set.programs);
  for (const [index, name] of programs.entries()) {
    signal?.throwIfAborted();
    const title = programs.length === 1 ? name : `${name} (${index + 1} of ${programs.length})`;
    const started = performance.now();
    const elapsed = () => duration(performance.now() - started);
    progress(`Building ${title}`);
    const heartbeat = setInterval(
      () => progress(`Still building ${title}, ${elapsed()} so far`),
      heartbeatMs,
    );
    try {
      await build(name, { set, work, version }, options);
    } finally {
      clearInterval(heartbeat);
    }
    progress(`Built ${name} in ${elapsed()}`);
  }
}

async function requireGo(set: ProgramSet, options: BuildOptions): Promise<void> {
  const end = await run(['version'], set, options);
  if (end.error === undefined && end.code === 0) return;
  throw new BinariesError(
    `${list(Object.keys(set.programs))} must be built here, and that takes Go: install Go 1.26 or newer and put ` +
      `\`go\` in PATH${instead(set)}`,
    { cause: end.error ?? end.output },
  );
}

interface Build {
  set: ProgramSet;
  work: string;
  /** What the program reports. */
  version: string;
}

async function build(name: string, { set, work, version }: Build, options: BuildOptions): Promise<void> {
  const path = set.programs[name] ?? '';
  const ldflags = `-s -w -X k8s.io/component-base/version.gitVersion=${version}`;
  const end = await run(
    [
      'build',
      '-mod=readonly',
      '-trimpath',
      '-tags',
      set.tags ?? '',
      '-ldflags',
      ldflags,
      '-o',
      join(work, name),
      path,
    ],
    set,
    options,
  );
  if (end.code !== 0)
    throw new BinariesError(
      `go could not build ${name} (${end.signal ?? `exit code ${end.code}`}); it needs its module proxy, 3 GB of ` +
        `memory and 5 GB of disk${instead(set)}. It said:\n${end.output}`,
      { cause: end.error },
    );
}

/** Another way to get there, where there is one. */
function instead({ isPublished }: ProgramSet): string {
  return isPublished ? ', or set KUBEBUILDER_ASSETS to a folder that has the programs' : '';
}

function list(names: readonly string[]): string {
  return names.length === 1 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}

interface End {
  code: number | null;
  signal: NodeJS.Signals | null;
  /** The last lines of what it said. */
  output: string;
  error: Error | undefined;
}

/** Resolves when it has ended, however it did. Rejects with the signal's reason. */
async function run(
  parameters: readonly string[],
  { module }: ProgramSet,
  { env, signal }: BuildOptions,
): Promise<End> {
  signal?.throwIfAborted();
  const { promise, resolve } = Promise.withResolvers<End>();
  // Its compilers belong to its process group, which is how to reach them.
  const child = spawn(...dyingWithUs('go', parameters), {
    cwd: module,
    // A workspace or a target of the user's would build something else.
    env: { ...env, CGO_ENABLED: '0', GOWORK: 'off', GOOS: '', GOARCH: '' },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const end: End = { code: null, signal: null, output: '', error: undefined };
  const keepTail = (chunk: Buffer) => (end.output = (end.output + chunk.toString()).slice(-4000));
  child.stdout.on('data', keepTail);
  child.stderr.on('data', keepTail);
  child.on('error', (error) => resolve({ ...end, error }));
  child.on('close', (code, by) => resolve({ ...end, code, signal: by }));
  const stop = stopper(child.pid);
  signal?.addEventListener('abort', stop.now, { once: true });
  process.once('exit', stop.atExit);
  try {
    const ended = await promise;
    signal?.throwIfAborted();
    return ended;
  } finally {
    stop.forget();
    signal?.removeEventListener('abort', stop.now);
    process.off('exit', stop.atExit);
  }
}

/** Ends a process group: with SIGINT, upon which go removes its temporary folder, then for good. */
function stopper(group: number | undefined) {
  let timer: NodeJS.Timeout | undefined;
  const send = (signal: NodeJS.Signals) => {
    try {
      if (group !== undefined) process.kill(-group, signal);
    } catch {
      // It is gone.
    }
  };
  return {
    now: () => {
      send('SIGINT');
      timer = setTimeout(send, 3000, 'SIGKILL');
    },
    atExit: () => send('SIGKILL'),
    forget: () => clearTimeout(timer),
  };
}

function duration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
