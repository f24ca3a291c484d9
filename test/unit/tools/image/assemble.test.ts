// Images assembled without a container engine.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { assembleImages } from '../../../../tools/image/assemble.ts';
import { nodeImage, pauseImage } from '../../../../tools/image/image.ts';
import { readOciArchive, unpackImage } from '../../../support/oci-archive.ts';
import { until } from '../../../support/until.ts';

const skip = process.platform === 'linux' ? false : 'images are assembled on Linux';

function folder(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'heliograph-image-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

test('images of scripts share the layer with Node, and change with their script only', {
  skip,
}, async (t) => {
  const dir = folder(t);
  const [one, other] = ['one', 'other'].map((name) => join(dir, `${name}.mjs`));
  assert.ok(one !== undefined && other !== undefined);
  writeFileSync(one, 'console.log(process.argv.slice(2))');
  writeFileSync(other, 'console.log("other")');
  const images = [nodeImage('example.test/one:1', one), nodeImage('example.test/other:1', other)];
  const output = join(dir, 'images.tar');
  const assembled = await assembleImages({ images, output });
  const layout = join(dir, 'layout');
  const archived = readOciArchive(output, layout);
  assert.deepEqual(
    archived.map(({ reference, digest }) => ({ reference, digest })),
    assembled,
  );
  const [first, second] = archived;
  assert.ok(first !== undefined && second !== undefined);
  assert.equal(first.layers[0], second.layers[0]);
  assert.notEqual(first.layers[1], second.layers[1]);
  assert.deepEqual(first.config, {
    User: '65532:65532',
    Entrypoint: ['/nodejs/bin/node', '/app/one.mjs'],
    WorkingDir: '/app',
    Env: ['PATH=/nodejs/bin:/usr/bin:/bin'],
    Labels: {},
  });
  assert.equal(first.architecture, process.arch === 'x64' ? 'amd64' : process.arch);

  const root = join(dir, 'root');
  unpackImage(first, root);
  assert.ok(readFileSync(join(root, 'nodejs/bin/node')).equals(readFileSync(process.execPath)));
  assert.match(readFileSync(join(root, 'etc/passwd'), 'utf8'), /^nonroot:x:65532:65532:/m);
  assert.equal(statSync(join(root, 'tmp')).mode & 0o7777, 0o1777);

  const bytes = readFileSync(output);
  await assembleImages({ images, output });
  assert.ok(readFileSync(output).equals(bytes), 'the same again, byte for byte');
  appendFileSync(one, '\n');
  const [changed, same] = await assembleImages({ images, output });
  assert.notEqual(changed?.digest, assembled[0]?.digest);
  assert.equal(same?.digest, assembled[1]?.digest);
});

test('the pause program is alone in its image, and static', { skip }, async (t) => {
  const dir = folder(t);
  const output = join(dir, 'pause.tar');
  const [assembled] = await assembleImages({ images: [pauseImage('example.test/pause:1')], output });
  const [image] = readOciArchive(output, join(dir, 'layout'));
  assert.ok(image !== undefined);
  assert.equal(image.digest, assembled?.digest);
  assert.deepEqual(image.config.Entrypoint, ['/pause']);
  const [layer = ''] = image.layers;
  assert.equal(execFileSync('tar', ['-tf', layer], { encoding: 'utf8' }), 'pause\n');
  const root = join(dir, 'root');
  unpackImage(image, root);
  // Dynamic programs name their loader.
  assert.ok(!readFileSync(join(root, 'pause')).includes('ld-linux'));
});

test('pause reaps, waits, and ends on SIGTERM and SIGINT', { skip }, async (t) => {
  const [program = ''] = Object.values(pauseImage('example.test/pause:1').files);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    // A child that ends with its input, left to pause as an orphan is to the first process of a pod.
    const pause = spawn('sh', ['-c', 'exec 3<&0 </dev/null; cat <&3 & exec 3<&-; exec "$0"', program], {
      stdio: ['pipe', 'ignore', 'inherit'],
    });
    t.after(() => pause.kill('SIGKILL'));
    const children = () =>
      readFileSync(`/proc/${pause.pid}/task/${pause.pid}/children`, 'utf8').trim().split(' ').filter(Boolean);
    const isPause = () => readFileSync(`/proc/${pause.pid}/comm`, 'utf8') === 'pause\n';
    await until(() => isPause() && children().length === 1, 'pause has a child');
    pause.stdin.end();
    await until(() => children().length === 0, 'the child is reaped');
    assert.equal(pause.exitCode, null);
    const exit = once(pause, 'exit');
    pause.kill(signal);
    assert.deepEqual(await exit, [0, null]);
  }
});
