// Archives that tar can read, the same for the same content.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { withFolders, writeTar } from '../../../../tools/image/tar.ts';

function folder(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'heliograph-tar-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

test('tar reads back what was written: contents, permissions, owners', async (t) => {
  const dir = folder(t);
  const large = join(dir, 'large');
  writeFileSync(large, 'x'.repeat(3_000_001));
  const archive = join(dir, 'archive.tar');
  await writeTar(
    archive,
    withFolders([
      { path: 'b/empty', mode: 0o644, content: '' },
      { path: 'b/ünïcode', mode: 0o600, content: 'Grüße\n' },
      { path: 'a', mode: 0o755, content: { file: large } },
      { path: 'b/block', mode: 0o644, content: 'y'.repeat(512) },
      { path: 'home/', mode: 0o700, owner: 65532 },
      { path: 'tmp/', mode: 0o1777 },
    ]),
  );
  const listing = execFileSync('tar', ['--numeric-owner', '--quoting-style=literal', '-tvf', archive], {
    encoding: 'utf8',
    env: { ...process.env, TZ: 'UTC', LC_ALL: 'C.UTF-8' },
  });
  assert.deepEqual(
    listing
      .trimEnd()
      .split('\n')
      .map((line) => line.replaceAll(/ +/g, ' ')),
    [
      '-rwxr-xr-x 0/0 3000001 1970-01-01 00:00 a',
      'drwxr-xr-x 0/0 0 1970-01-01 00:00 b/',
      '-rw-r--r-- 0/0 512 1970-01-01 00:00 b/block',
      '-rw-r--r-- 0/0 0 1970-01-01 00:00 b/empty',
      '-rw------- 0/0 8 1970-01-01 00:00 b/ünïcode',
      'drwx------ 65532/65532 0 1970-01-01 00:00 home/',
      'drwxrwxrwt 0/0 0 1970-01-01 00:00 tmp/',
    ],
  );
  const read = (path: string) => execFileSync('tar', ['-xOf', archive, path], { maxBuffer: 1 << 23 });
  assert.deepEqual(read('a'), readFileSync(large));
  assert.equal(read('b/ünïcode').toString(), 'Grüße\n');
});

test('neither the time nor the place of a file changes the archive', async (t) => {
  const dir = folder(t);
  const archives = ['one', 'other'].map((name, index) => {
    const file = join(dir, name);
    writeFileSync(file, 'same');
    utimesSync(file, index * 1000, index * 1000);
    return { output: join(dir, `${name}.tar`), file };
  });
  for (const { output, file } of archives)
    await writeTar(output, [{ path: 'file', mode: 0o644, content: { file } }]);
  const [one, other] = archives.map(({ output }) => readFileSync(output));
  assert.deepEqual(one, other);
});

test('a path that a header cannot hold, and a file that is not there, are refused', async (t) => {
  const output = join(folder(t), 'archive.tar');
  await assert.rejects(writeTar(output, [{ path: 'x'.repeat(101), mode: 0o644 }]), RangeError);
  await assert.rejects(writeTar(output, [{ path: 'x', mode: 0o644, content: { file: '/nowhere/at/all' } }]), {
    code: 'ENOENT',
  });
});
