// The download of the programs of the control plane, from a server on loopback that publishes a small archive.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { stringify } from 'yaml';
import { downloadEnvtest } from '../../../../tools/control-plane/envtest.ts';

const version = 'v1.37.2';
const architecture = process.arch === 'x64' ? 'amd64' : process.arch;
const archiveName = `envtest-${version}-${process.platform}-${architecture}.tar.gz`;
const sha512 = (content: Buffer) => createHash('sha512').update(content).digest('hex');

test('a published archive is unpacked when its checksum is the published one', async (t) => {
  const archive = makeArchive(t);
  const { indexUrl, archiveUrl } = await publish(t, { archive });

  const result = await download(t, indexUrl);

  assert.equal(result.done, true);
  assert.deepEqual(result.files, ['etcd', 'kube-apiserver', 'kubectl']);
  assert.equal(readFileSync(join(result.folder, 'etcd'), 'utf8'), 'this is etcd');
  assert.deepEqual(result.said, [`Downloading ${archiveUrl}`]);
});

const refusals: readonly [title: string, (archive: Buffer) => Publication, said: RegExp][] = [
  [
    'an archive with another checksum is thrown away',
    (archive) => ({ archive, hash: sha512(Buffer.from('another')) }),
    /the checksum of the archive is not the published one/,
  ],
  [
    'an archive that was cut short is thrown away',
    (archive) => ({ archive, hash: sha512(archive), serve: cutShort }),
    /There is no ready-made control plane to download \(.+\)$/,
  ],
  [
    'an archive that was published broken is thrown away',
    (archive) => ({ archive: archive.subarray(0, 60) }),
    /tar ended with \d+/,
  ],
  [
    'an archive that is gone is no archive',
    (archive) => ({ archive, serve: (response) => response.writeHead(404).end('gone') }),
    /answered 404/,
  ],
  [
    'a version that is not published cannot be downloaded',
    (archive) => ({ archive, publishedVersion: 'v1.0.0' }),
    /envtest-v1\.37\.2-\S+ is not published/,
  ],
];

for (const [title, publication, said] of refusals)
  test(title, async (t) => {
    const { indexUrl } = await publish(t, publication(makeArchive(t)));

    const result = await download(t, indexUrl);

    assert.equal(result.done, false);
    assert.deepEqual(result.files, []);
    assert.match(result.said.at(-1) ?? '', said);
  });

test('a list that cannot be read is said in one line', async (t) => {
  const closed = createServer().listen(0, '127.0.0.1');
  await once(closed, 'listening');
  const url = urlOf(closed.address());
  closed.close();
  await once(closed, 'close');

  const result = await download(t, url);

  assert.equal(result.done, false);
  assert.deepEqual(result.said.length, 1);
  assert.match(
    result.said[0] ?? '',
    /^There is no ready-made control plane to download \(.*ECONNREFUSED.*\)$/,
  );
});

test('a download that is called off rejects with the reason of the signal', async (t) => {
  const calling = new AbortController();
  const reason = new Error('enough');
  const { indexUrl } = await publish(t, {
    archive: makeArchive(t),
    serve: (response, archive) => {
      response.writeHead(200, { 'content-length': archive.length }).write(archive.subarray(0, 20));
      calling.abort(reason);
    },
  });

  await assert.rejects(download(t, indexUrl, calling.signal), reason);
});

interface Publication {
  archive: Buffer;
  /** The right one where it is left out. */
  hash?: string;
  publishedVersion?: string;
  serve?: (response: ServerResponse, archive: Buffer) => void;
}

/** Serves the list and the archive until the test ends. */
async function publish(
  t: TestContext,
  { archive, hash = sha512(archive), publishedVersion = version, serve = complete }: Publication,
): Promise<{ indexUrl: string; archiveUrl: string }> {
  const server = createServer((request, response) => {
    if (request.url === '/archive') serve(response, archive);
    else response.end(stringify({ releases: { [publishedVersion]: { [archiveName]: { hash, selfLink } } } }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const selfLink = `${urlOf(server.address())}/archive`;
  return { indexUrl: `${urlOf(server.address())}/index`, archiveUrl: selfLink };
}

function complete(response: ServerResponse, archive: Buffer): void {
  response.end(archive);
}

function cutShort(response: ServerResponse, archive: Buffer): void {
  response.writeHead(200, { 'content-length': archive.length });
  response.write(archive.subarray(0, archive.length / 2), () => response.destroy());
}

/** As published: the programs are two folders deep. */
function makeArchive(t: TestContext): Buffer {
  const folder = temporaryFolder(t);
  const programs = join(folder, 'controller-tools', 'envtest');
  mkdirSync(programs, { recursive: true });
  for (const name of ['etcd', 'kube-apiserver', 'kubectl'])
    writeFileSync(join(programs, name), `this is ${name}`, { mode: 0o755 });
  const file = join(folder, 'archive.tar.gz');
  assert.equal(spawnSync('tar', ['-czf', file, '-C', folder, 'controller-tools']).status, 0);
  return readFileSync(file);
}

async function download(t: TestContext, indexUrl: string, signal?: AbortSignal) {
  const folder = temporaryFolder(t);
  const said: string[] = [];
  const options = { indexUrl, version, progress: (line: string) => said.push(line) };
  const done = await downloadEnvtest(folder, signal === undefined ? options : { ...options, signal });
  return { done, said, folder, files: readdirSync(folder).toSorted() };
}

function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'heliograph-envtest-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function urlOf(address: ReturnType<ReturnType<typeof createServer>['address']>): string {
  if (typeof address !== 'object' || address === null) throw new Error('the server does not listen');
  return `http://127.0.0.1:${address.port}`;
}
