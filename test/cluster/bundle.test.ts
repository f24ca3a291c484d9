// The bundle, run as its image runs it: alone on a read-only root, as a user that owns nothing.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chownSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import { assembleImages } from '../../tools/image/assemble.ts';
import { product, writeBundle } from '../../tools/image/bundle.ts';
import { heliographImage } from '../../tools/image/image.ts';
import { nonroot } from '../../tools/image/node-base.ts';
import { newNamespace } from '../support/cluster.ts';
import { sharedControlPlane } from '../support/control-plane.ts';
import { startJournal } from '../support/journal.ts';
import { readOciArchive, unpackImage } from '../support/oci-archive.ts';
import { type Operator, startOperator } from '../support/operator.ts';
import { openScene, wholeStory, everyStep } from '../support/scene.ts';

const isRoot = process.platform === 'linux' && process.getuid?.() === 0;
const skip = isRoot ? false : 'takes Linux and root, to change the root file system and the user';

const work = mkdtempSync(join(tmpdir(), 'heliograph-bundle-'));
after(() => rmSync(work, { recursive: true, force: true }));

test('alone in a folder, the bundle tells the same as the sources, and ends with the same codes', async () => {
  const alone = join(work, 'alone');
  await writeBundle(alone);
  const bundle = join(alone, 'heliograph.mjs');
  for (const [flags, status] of [
    [['--help'], 0],
    [['--nonsense'], 2],
    [['--log-level', 'loud'], 2],
    [[], 2],
  ] as const) {
    const seen = run(bundle, ...flags);
    assert.equal(seen.status, status);
    assert.deepEqual(seen, run('src/main.ts', ...flags));
  }
});

/** Runs it until it ends by itself. */
function run(script: string, ...flags: string[]) {
  const env = { ...process.env, KUBECONFIG: '/nowhere/kubeconfig' };
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...flags], {
    env,
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

interface Root {
  /** Runs the entrypoint or another program in the image, as its user and with its environment and no other. */
  command: (variables: Readonly<Record<string, string>>, program?: readonly string[]) => string[];
  /** `/cache` inside: where it may write, as to an emptyDir. */
  cache: string;
  sizes: string;
}

/** What a runtime adds to the image, in a mount namespace that goes with the process; then the root is read-only. */
const mounts = `
  mount --bind "$0" "$0" && mount --bind "$0/cache" "$0/cache" && mount -t proc proc "$0/proc" &&
  mount --rbind /dev "$0/dev" && mount -o remount,bind,ro "$0" && exec env -i "$@"`;

let root: Root | undefined;

before(async () => {
  if (isRoot) root = await imageRoot();
});

async function imageRoot(): Promise<Root> {
  const archive = join(work, 'image.tar');
  await assembleImages({ images: [await heliographImage('example.test/heliograph:1')], output: archive });
  const [image] = readOciArchive(archive, join(work, 'layout'));
  assert.ok(image !== undefined);
  const { Entrypoint, WorkingDir, Env, User } = image.config;
  const folder = join(work, 'root');
  unpackImage(image, folder);
  const cache = join(folder, 'cache');
  for (const name of ['proc', 'dev', 'cache']) mkdirSync(join(folder, name));
  copyFileSync(sharedControlPlane().operatorKubeconfig, join(folder, 'kubeconfig'));
  for (const path of [cache, join(folder, 'kubeconfig')]) chownSync(path, nonroot, nonroot);
  const [user = '', group = ''] = User.split(':');
  const asImage = ['unshare', '--root', folder, '--wd', WorkingDir, '--setgid', group, '--setuid', user];
  return {
    command: (variables, program = Entrypoint) => {
      const environment = [...Env, ...Object.entries(variables).map((pair) => pair.join('='))];
      return ['unshare', '--mount', 'sh', '-c', mounts, folder, ...environment, ...asImage, ...program];
    },
    cache,
    sizes: `archive ${megabytes(archive)}, the bundle in it ${megabytes(join(folder, 'app/heliograph.mjs'))}`,
  };
}

test('in the image there are the pinned Node, the user that owns nothing, and no way to write', {
  skip,
}, async (t) => {
  assert.ok(root !== undefined);
  t.diagnostic(root.sizes);
  const { command } = root;
  const node = (script: string) => {
    const [program = '', ...parameters] = command({}, ['/nodejs/bin/node', '--eval', script]);
    return spawnSync(program, parameters, { encoding: 'utf8' });
  };
  const print = (expression: string) => {
    const { stdout, stderr } = node(`console.log(JSON.stringify(${expression}))`);
    assert.equal(stderr, '');
    return JSON.parse(stdout);
  };
  assert.equal(print('process.version'), process.version);
  assert.deepEqual(print('[process.getuid(), process.getgid(), process.getgroups(), process.cwd()]'), [
    nonroot,
    nonroot,
    [nonroot],
    '/app',
  ]);
  assert.deepEqual(print('[os.userInfo().username, os.homedir()]'), ['nonroot', '/home/nonroot']);
  // What a receiver's certificate is checked against comes with Node.
  assert.ok(print('tls.rootCertificates.length') > 100);
  assert.deepEqual(print('fs.readdirSync("/app")'), ['LICENSE', 'THIRD_PARTY_LICENSES', 'heliograph.mjs']);
  for (const folder of ['/app', '/tmp', '/home/nonroot'])
    assert.match(node(`fs.writeFileSync("${folder}/x", "")`).stderr, /EROFS|EACCES/);
});

test('the operator in the image becomes ready, delivers, and ends with 0', { skip }, async (t) => {
  assert.ok(root !== undefined);
  const { command, cache } = root;
  const inside = { KUBECONFIG: '/kubeconfig' };
  const first = await seen(t, 'image', command(inside));
  assert.equal(first.log[0]?.['version'], product().version);
  const status = readFileSync(`/proc/${first.pid}/status`, 'utf8');
  assert.match(status, new RegExp(`^Uid:\t${nonroot}\t${nonroot}\t${nonroot}\t${nonroot}$`, 'm'));
  assert.match(status, /^CapEff:\t0+$/m);
  assert.equal(await first.kill('SIGTERM'), 0);

  // Where the variable names what cannot be written, as without the chart's volume, it starts all the same.
  for (const [title, folder] of [
    ['unwritable', '/app/cache'],
    ['empty', '/cache'],
    ['filled', '/cache'],
  ] as const) {
    const before = readdirSync(cache).length;
    const variables = { ...inside, NODE_COMPILE_CACHE: folder };
    const operator = await seen(t, `image, compile cache ${title}`, command(variables));
    assert.equal(await operator.kill('SIGTERM'), 0);
    assert.equal(readdirSync(cache).length > before, title === 'empty');
  }
  await seen(t, 'from source');
});

/** Starts it, and resolves when it has told a receiver about a whole analysis. */
async function seen(t: TestContext, title: string, command?: string[]): Promise<Operator> {
  const { operatorKubeconfig: kubeconfig } = sharedControlPlane();
  const namespace = await newNamespace(t);
  const scene = await openScene(t, await startJournal(t), namespace);
  await scene.endpoint('partner');
  const started = Date.now();
  const namespaces = [namespace];
  const operator = await startOperator(t, {
    kubeconfig,
    namespaces,
    ...(command === undefined ? {} : { command }),
  });
  const atReady = resident(operator);
  const run = await scene.analysis('run');
  await scene.report('run', ...everyStep);
  await scene.settled('run');
  assert.deepEqual(scene.story('partner', run), wholeStory);
  t.diagnostic(
    `${title}: ${startUp(operator, started)}; RSS ${atReady}, after deliveries ${resident(operator)}`,
  );
  return operator;
}

/** When it said so in its log. Like its size, it is not asserted: these are the machine's. */
function startUp({ log }: Operator, startedAt: number): string {
  return ['started', 'ready']
    .map((event) => {
      const { time } = log.find((entry) => entry['event'] === event) ?? {};
      return `${event} after ${Date.parse(String(time)) - startedAt} ms`;
    })
    .join(', ');
}

function resident({ pid }: Operator): string {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return `${Math.round(Number(kilobytes) / 1000)} MB`;
}

function megabytes(path: string): string {
  return `${(statSync(path).size / 1e6).toFixed(1)} MB`;
}
