// The release workflow cannot run here, so what it calls and what it may do is read from it.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { repository } from '../../../../tools/control-plane/paths.ts';
import { mismatches, versionsIn } from '../../../../tools/release/versions.ts';

interface Step {
  id?: string;
  uses?: string;
  run?: string;
  with?: Record<string, string>;
  env?: Record<string, string>;
}

interface Job {
  needs?: string;
  permissions: Record<string, string>;
  steps: Step[];
}

const text = readFileSync(join(repository, '.github/workflows/release.yaml'), 'utf8');
const workflow = parse(text) as {
  on: { push: { tags: string[] } };
  permissions: object;
  jobs: Record<'test' | 'image' | 'chart', Job>;
};
const steps = Object.values(workflow.jobs).flatMap((job) => job.steps);
const scripts = steps.map(({ run = '' }) => run).join('\n');
const inputs = (name: string) => steps.flatMap((step) => step.with?.[name] ?? []);
const packageJson = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8'));

test('it runs on a version tag: first the check of the tag, then every test, then image and chart', () => {
  assert.deepEqual(workflow.on, { push: { tags: ['v*'] } });
  const runs = workflow.jobs.test.steps.flatMap(({ run }) => run ?? []);
  assert.equal(runs[0], 'npm run -s release:check -- "$GITHUB_REF_NAME"');
  assert.match(runs[1] ?? '', / npm test$/);
  assert.equal(workflow.jobs.image.needs, 'test');
  assert.equal(workflow.jobs.chart.needs, 'image');
});

test('every npm script and every path that it names is there', () => {
  const called = [...scripts.matchAll(/\bnpm run (?:-s )?([\w:]+)/g)].map(([, name = '']) => name);
  assert.deepEqual(called.toSorted(), ['release:check', 'sbom']);
  for (const name of [...called, 'test']) assert.ok(Object.hasOwn(packageJson.scripts, name), name);
  const paths = [
    ...inputs('go-version-file'),
    ...inputs('cache-dependency-path'),
    ...inputs('context').map((context) => join(context, 'Dockerfile')),
    ...[...scripts.matchAll(/\bgo -C (\S+)/g)].map(([, module]) => `${module}/go.mod`),
    ...[...scripts.matchAll(/\bpackage (\S+) --destination/g)].map(([, chart]) => `${chart}/Chart.yaml`),
  ];
  assert.equal(paths.length, 7);
  for (const path of paths) assert.ok(existsSync(join(repository, path)), path);
});

test('what it builds and attests is what the repository makes', () => {
  const goMod = readFileSync(join(repository, 'tools/control-plane/go.mod'), 'utf8');
  assert.match(scripts, / helm\.sh\/helm\/v4\/cmd\/helm$/m);
  assert.match(goMod, /^\s*helm\.sh\/helm\/v4 v/m);
  const dockerfile = readFileSync(join(repository, 'Dockerfile'), 'utf8');
  const [base = ''] = inputs('build-args');
  const [, name, value] = /^(\w+)=\$\{\{ env\.(\w+) \}\}$/.exec(base) ?? [];
  const [, image] = new RegExp(`^ARG ${name}=([^:]+):nonroot$`, 'm').exec(dockerfile) ?? [];
  assert.ok(scripts.includes(`base=${image}\n`));
  assert.ok(scripts.includes(`echo "${value}=$base@$digest" >> "$GITHUB_ENV"`));
  const main = readFileSync(join(repository, 'tools/image/main.ts'), 'utf8');
  for (const path of inputs('sbom-path')) assert.ok(main.includes(`'${path.replace('dist/', '')}'`), path);
});

test('every action is pinned to one commit, with its version beside', () => {
  const used = steps.flatMap(({ uses }) => uses ?? []);
  const pins = new Map(used.map((one) => one.split('@') as [string, string]));
  for (const one of used) {
    const [action = '', commit = ''] = one.split('@');
    assert.match(commit, /^[0-9a-f]{40}$/, one);
    assert.equal(pins.get(action), commit, action);
    assert.match(text, new RegExp(`uses: ${one} # v\\d+\\.\\d+\\.\\d+$`, 'm'));
  }
});

test('each job may do what it does and no more, and no script takes in an expression', () => {
  assert.deepEqual(workflow.permissions, {});
  const publishing = { contents: 'read', packages: 'write', 'id-token': 'write', attestations: 'write' };
  assert.deepEqual(
    Object.fromEntries(Object.entries(workflow.jobs).map(([name, { permissions }]) => [name, permissions])),
    { test: { contents: 'read' }, image: publishing, chart: publishing },
  );
  assert.ok(!scripts.includes('${{'));
  assert.deepEqual(new Set(inputs('persist-credentials')), new Set([false]));
  assert.equal(inputs('persist-credentials').length, 3);
});

test('image and chart are signed by digest, and say where they come from', () => {
  for (const job of [workflow.jobs.image, workflow.jobs.chart]) {
    const attested = job.steps.filter(({ uses }) => uses?.startsWith('actions/attest-'));
    const ids = new Set(job.steps.flatMap(({ id }) => id ?? []));
    for (const step of attested) {
      const [, id = ''] =
        /^\$\{\{ steps\.(\w+)\.outputs\.digest \}\}$/.exec(step.with?.['subject-digest'] ?? '') ?? [];
      assert.ok(ids.has(id), id);
    }
    assert.ok(attested.some(({ uses }) => uses?.includes('build-provenance')));
    const signing = job.steps.find(({ run }) => run?.startsWith('cosign sign --yes'));
    assert.match(signing?.run ?? '', /"\$\w+@\$DIGEST"$/);
    assert.equal(signing?.env?.['DIGEST'], attested[0]?.with?.['subject-digest']);
  }
});

test('the checkout has one version everywhere', () => {
  assert.deepEqual(mismatches(`v${packageJson.version}`, versionsIn(repository)), []);
});

test('a tag is refused with each place that has another version', () => {
  const versions = { 'package.json': '1.2.3', 'the chart': '1.2.4', 'src/main.ts': undefined };
  assert.deepEqual(mismatches('v1.2.3', versions), [
    'the tag is v1.2.3, but the chart has 1.2.4',
    'the tag is v1.2.3, but src/main.ts has no version',
  ]);
  assert.equal(mismatches('1.2.3', versions).length, 3, 'a tag without its v');
});
