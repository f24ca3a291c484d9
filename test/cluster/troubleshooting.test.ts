// docs/troubleshooting.md shows what kubectl shows: each of its situations is brought about, and its commands are run.
// With --test-update-snapshots what they print is written into the page; without it, it is compared with the page.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { parse, stringify } from 'yaml';
import { objectPath } from '../../src/kube/paths.ts';
import { repository } from '../../tools/control-plane/paths.ts';
import { adminClient, newNamespace } from '../support/cluster.ts';
import { sharedControlPlane } from '../support/control-plane.ts';
import { startJournal } from '../support/journal.ts';
import { startOperator } from '../support/operator.ts';
import { startOwnControlPlane } from '../support/own-control-plane.ts';
import { refusal } from '../support/refusal.ts';
import { analysisSituations } from './troubleshooting/analyses.ts';
import { endpointSituations } from './troubleshooting/endpoints.ts';
import { shown } from './troubleshooting/output.ts';
import { type Command, commandsOf, Page, printedInto } from './troubleshooting/page.ts';
import { receiverSituations } from './troubleshooting/receivers.ts';
import type { Situations } from './troubleshooting/situation.ts';
import { type Answer, openStage, type Stage } from './troubleshooting/stage.ts';

const situations: Situations = { ...endpointSituations, ...receiverSituations, ...analysisSituations };

const isUpdate = process.execArgv.includes('--test-update-snapshots');

const file = join(repository, 'docs/troubleshooting.md');
const page = new Page(readFileSync(file, 'utf8'));

test('every section with commands has a situation, and every link leads to a section', () => {
  assert.deepEqual(page.titles.toSorted(), Object.keys(situations).toSorted());
  const text = readFileSync(file, 'utf8');
  const anchors = new Set(page.titles.map((title) => `#${title.toLowerCase().replaceAll(' ', '-')}`));
  const links = [...text.matchAll(/\]\((#[^)]+)\)/g)].map(([, anchor = '']) => anchor);
  assert.ok(links.length > 15);
  assert.deepEqual(
    links.filter((link) => !anchors.has(link)),
    [],
  );
});

test('the page shows what kubectl shows', { concurrency: true }, async (t) => {
  const { operatorKubeconfig: kubeconfig } = await startOwnControlPlane(t);
  await loosenCrds();
  const played = await Promise.all(
    Object.entries(situations).map(async ([title, situation]) => ({
      title,
      ...situation,
      // It goes with the control plane.
      namespace: await newNamespace({ after: () => {} }),
    })),
  );
  const watchedBy = (name: string) =>
    played.filter(({ operator }) => operator === name).map(({ namespace }) => namespace);
  const strict = ['--egress-allowed-cidrs=', '--egress-allow-http=false'];
  await Promise.all([
    startOperator(t, { kubeconfig, namespaces: watchedBy('open') }),
    startOperator(t, { kubeconfig, namespaces: watchedBy('strict'), flags: strict }),
  ]);
  const answers = new Map<string, Answer>();
  const journal = await startJournal(t, (receipt) => answers.get(receipt.path)?.(receipt) ?? 200);
  const sections = new Map<string, string>();
  await Promise.all(
    played.map(({ title, play, namespace }) =>
      t.test(title, async (sub) => {
        const stage = await openStage(sub, { journal, answers, namespace });
        await play(stage);
        const written = page.section(title);
        const section = printedInto(written, await outputsOf(commandsOf(written), stage));
        sections.set(title, section);
        if (isUpdate || refusal(section) === refusal(written)) return;
        sub.diagnostic('npm run docs:troubleshooting writes what kubectl shows now into the page');
        assert.equal(section, written);
      }),
    ),
  );
  if (isUpdate) writeFileSync(file, page.with(sections));
});

/** So that there may be objects which the operator cannot read. */
async function loosenCrds(): Promise<void> {
  const crds = {
    group: 'apiextensions.k8s.io',
    version: 'v1',
    plural: 'customresourcedefinitions',
    kind: '',
  };
  const loosen = async (name: string, field: string) => {
    const path = `/spec/versions/0/schema/openAPIV3Schema/properties/${field}/enum`;
    await adminClient().patchJson(objectPath(crds, undefined, name), [{ op: 'remove', path }]);
  };
  await loosen('analyses.heliograph.dev', 'status/properties/phase');
  await loosen('webhookendpoints.heliograph.dev', 'spec/properties/format');
}

/** What a terminal shows of each command; they run one after the other. */
async function outputsOf(commands: readonly Command[], { namespace, folder }: Stage): Promise<string[]> {
  const { kubectl, dir } = sharedControlPlane();
  const env = {
    PATH: `${dirname(kubectl)}:${process.env['PATH']}`,
    KUBECONFIG: kubeconfigFor(namespace, folder),
    KUBECACHEDIR: join(dir, 'kubectl-cache'),
  };
  const outputs: string[] = [];
  for (const { text, parts } of commands) {
    // One that is refused ends with 1, and says why in what is shown.
    const { stdout } = await promisify(execFile)('sh', ['-c', `{ ${text}; } 2>&1 || true`], {
      cwd: folder,
      env,
    });
    outputs.push(shown(stdout, parts, namespace));
  }
  return outputs;
}

/** The administrator's, with the namespace that the page leaves out. */
function kubeconfigFor(namespace: string, folder: string): string {
  const config = parse(readFileSync(sharedControlPlane().kubeconfig, 'utf8')) as {
    contexts: { context: { namespace: string } }[];
  };
  for (const { context } of config.contexts) context.namespace = namespace;
  const path = join(folder, 'kubeconfig');
  writeFileSync(path, stringify(config), { mode: 0o600 });
  return path;
}
