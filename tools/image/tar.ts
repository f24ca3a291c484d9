// Writes tar archives (POSIX ustar) whose bytes depend on the content alone: no times, no local owners.
import { createReadStream, createWriteStream, statSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';

export interface TarEntry {
  /** Relative, without `./`; a folder's ends with a slash. At most 100 bytes. */
  path: string;
  /** Permission bits. */
  mode: number;
  /** Owner and group; root by default. */
  owner?: number;
  /** Bytes, or a local file; nothing for a folder. */
  content?: string | Uint8Array | { file: string };
}

const blockSize = 512;

/** Writes the entries in the order given. Rejects where a local file cannot be read. */
export async function writeTar(output: string, entries: readonly TarEntry[]): Promise<void> {
  await pipeline(() => blocks(entries), createWriteStream(output));
}

async function* blocks(entries: readonly TarEntry[]): AsyncGenerator<Uint8Array> {
  for (const entry of entries) {
    const { content = '' } = entry;
    const isFile = typeof content === 'object' && 'file' in content;
    const bytes = isFile ? undefined : Buffer.from(content);
    const size = isFile ? statSync(content.file).size : Buffer.byteLength(bytes ?? '');
    yield header(entry, size);
    if (isFile) yield* createReadStream(content.file, { highWaterMark: 1 << 20 });
    else if (bytes !== undefined && size > 0) yield bytes;
    yield Buffer.alloc((blockSize - (size % blockSize)) % blockSize);
  }
  // Two empty blocks are the end.
  yield Buffer.alloc(2 * blockSize);
}

function header({ path, mode, owner = 0 }: TarEntry, size: number): Buffer {
  if (Buffer.byteLength(path) > 100) throw new RangeError(`${path} is too long a path for a tar header`);
  const block = Buffer.alloc(blockSize);
  block.write(path, 0);
  block.write(octal(mode, 7), 100);
  block.write(octal(owner, 7), 108);
  block.write(octal(owner, 7), 116);
  block.write(octal(size, 11), 124);
  block.write(octal(0, 11), 136);
  // The checksum is taken with spaces in its own place.
  block.write(' '.repeat(8), 148);
  block.write(path.endsWith('/') ? '5' : '0', 156);
  block.write('ustar\u000000', 257);
  block.write(
    `${octal(
      block.reduce((sum, byte) => sum + byte, 0),
      6,
    )} `,
    148,
  );
  return block;
}

function octal(value: number, digits: number): string {
  return `${value.toString(8).padStart(digits, '0')}\0`;
}

/** In the order of their paths, each folder before what is in it. */
export function withFolders(entries: readonly TarEntry[]): TarEntry[] {
  const all = new Map<string, TarEntry>();
  for (const { path } of entries)
    for (let end = path.indexOf('/'); end !== -1; end = path.indexOf('/', end + 1)) {
      const folder = path.slice(0, end + 1);
      all.set(folder, { path: folder, mode: 0o755 });
    }
  for (const entry of entries) all.set(entry.path, entry);
  return [...all.values()].toSorted((one, other) => (one.path < other.path ? -1 : 1));
}
