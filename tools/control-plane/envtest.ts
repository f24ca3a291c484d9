// Downloads the programs of the control plane as published for tests of operators, where the network allows.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { parse } from 'yaml';

export interface EnvtestOptions {
  progress: (line: string) => void;
  /** The version of Kubernetes, with its v. */
  version: string;
  signal?: AbortSignal;
  /** Another list of releases than the official one. */
  indexUrl?: string;
}

interface Archive {
  /** SHA-512, in hexadecimal. */
  hash: string;
  selfLink: string;
}

interface Index {
  releases: Record<string, Record<string, Archive> | undefined>;
}

const officialIndex =
  'https://raw.githubusercontent.com/kubernetes-sigs/controller-tools/HEAD/envtest-releases.yaml';

// Where there is no internet this is what everybody waits before the build.
const indexTimeoutMs = 4000;
const stallTimeoutMs = 15_000;

/**
 * Puts the programs into the folder; false, after a line that says why, where that cannot be. Rejects only with
 * the signal's reason. The list is trusted for being fetched over TLS, the archive for the list's checksum.
 */
export async function downloadEnvtest(work: string, options: EnvtestOptions): Promise<boolean> {
  const { progress, version, signal, indexUrl = officialIndex } = options;
  const file = join(work, 'envtest.tar.gz');
  try {
    const archive = await findArchive(indexUrl, version, signal);
    progress(`Downloading ${archive.selfLink}`);
    const hash = await download(archive.selfLink, file, signal);
    if (hash !== archive.hash) throw new Error('the checksum of the archive is not the published one');
    await extract(file, work);
    return true;
  } catch (error) {
    signal?.throwIfAborted();
    progress(`There is no ready-made control plane to download (${reason(error)})`);
    return false;
  } finally {
    rmSync(file, { force: true });
  }
}

async function findArchive(url: string, version: string, signal?: AbortSignal): Promise<Archive> {
  const timeout = AbortSignal.timeout(indexTimeoutMs);
  const response = await fetch(url, { signal: signal ? AbortSignal.any([signal, timeout]) : timeout });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  const index: Index | null = parse(await response.text());
  const name = `envtest-${version}-${platform()}.tar.gz`;
  const archive = index?.releases?.[version]?.[name];
  if (archive === undefined) throw new Error(`${name} is not published`);
  return archive;
}

/** Returns the SHA-512 of what it wrote, in hexadecimal. */
async function download(url: string, file: string, signal?: AbortSignal): Promise<string> {
  const stalled = new AbortController();
  const stall = setTimeout(() => stalled.abort(new Error('the download has stalled')), stallTimeoutMs);
  const hash = createHash('sha512');
  const abort = signal ? AbortSignal.any([signal, stalled.signal]) : stalled.signal;
  try {
    const response = await fetch(url, { signal: abort });
    if (!response.ok || response.body === null) throw new Error(`${url} answered ${response.status}`);
    await pipeline(
      response.body,
      async function* (chunks: AsyncIterable<Uint8Array>) {
        for await (const chunk of chunks) {
          stall.refresh();
          hash.update(chunk);
          yield chunk;
        }
      },
      createWriteStream(file),
      { signal: abort },
    );
    return hash.digest('hex');
  } finally {
    clearTimeout(stall);
  }
}

/** The programs are in controller-tools/envtest/ in the archive. */
async function extract(file: string, folder: string): Promise<void> {
  const tar = spawn('tar', ['-xzf', file, '-C', folder, '--strip-components=2'], { stdio: 'ignore' });
  const [code] = await once(tar, 'exit');
  if (code !== 0) throw new Error(`tar ended with ${code}`);
}

function platform(): string {
  const systems: Record<string, string> = { win32: 'windows' };
  const architectures: Record<string, string> = { x64: 'amd64' };
  return `${systems[process.platform] ?? process.platform}-${architectures[process.arch] ?? process.arch}`;
}

/** fetch says "fetch failed", and why in the cause. */
function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}
