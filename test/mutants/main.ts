// Breaks the operator on purpose, one bug at a time: the tests that run it as a process must notice each.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { messageOf, runTool } from '../../tools/command-line.ts';
import { globalSetup, globalTeardown } from '../support/global-setup.ts';
import { buildOperator } from './build.ts';
import type { Mutant, TestName } from './mutant.ts';
import { mutants } from './mutants.ts';
import { type Ending, tryBuild } from './trial.ts';

const help = `Breaks the operator on purpose, and runs the tests that must notice.

Usage: npm run test:mutants -- [NAME...]

  NAME    of a mutant; all of them by default:
${mutants.map(({ name, breaks }) => `          ${name}\n            ${breaks}`).join('\n')}
  --help  this text
`;

const readiness: TestName = { file: 'test/mutants/ready.test.ts', path: ['the build becomes ready'] };

process.exitCode = await runTool(process.argv.slice(2), { help, read, run });

function read(given: readonly string[]): readonly Mutant[] {
  const { positionals } = parseArgs({ args: [...given], allowPositionals: true });
  if (positionals.length === 0) return mutants;
  return positionals.map((name) => {
    const mutant = mutants.find((one) => one.name === name);
    if (mutant === undefined) throw new Error(`there is no mutant ${name}`);
    return mutant;
  });
}

async function run(chosen: readonly Mutant[]): Promise<number> {
  const ending = new AbortController();
  // What runs is not cut off, or its operator would be left behind; a terminal signals that itself.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => ending.abort());
  const folder = mkdtempSync(join(tmpdir(), 'heliograph-mutants-'));
  try {
    await globalSetup();
    if (!(await isSound(folder, chosen))) return 1;
    let failed = 0;
    for (const mutant of chosen) {
      if (ending.signal.aborted) return 1;
      if (!(await isCaught(folder, mutant))) failed += 1;
    }
    say(`${chosen.length - failed} passed, ${failed} failed`);
    return failed === 0 ? 0 : 1;
  } finally {
    await globalTeardown();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A test that fails anyway would catch everything. */
async function isSound(folder: string, chosen: readonly Mutant[]): Promise<boolean> {
  const startedAt = performance.now();
  const program = await buildOperator(folder);
  const byPath = new Map(chosen.map(({ caughtBy }) => [caughtBy.path.join(' > '), caughtBy]));
  const tests = [readiness, ...byPath.values()];
  const endings = await tryBuild(program, tests);
  const bad = tests.flatMap((test, index) => {
    const ended = endings[index];
    return ended === undefined || ended.kind === 'passed' ? [] : [`${titleOf(test)}: ${tell(ended)}`];
  });
  for (const line of bad) say(`the unbroken build fails ${line}`);
  if (bad.length === 0)
    say(`the unbroken build passes all ${tests.length} tests, ${secondsSince(startedAt)}`);
  return bad.length === 0;
}

async function isCaught(folder: string, mutant: Mutant): Promise<boolean> {
  const startedAt = performance.now();
  const verdict = await judge(folder, mutant);
  say(`${verdict.kind.padEnd(7)} ${mutant.name}: ${verdict.why}, ${secondsSince(startedAt)}`);
  return verdict.kind === 'caught';
}

interface Verdict {
  /** `UNCLEAR`: it was not tried at all, or something else than its bug failed. */
  kind: 'caught' | 'ESCAPED' | 'UNCLEAR';
  why: string;
}

async function judge(folder: string, mutant: Mutant): Promise<Verdict> {
  const { breaks, caughtBy } = mutant;
  const test = titleOf(caughtBy);
  try {
    const program = await buildOperator(folder, mutant);
    const [ready, ended] = await tryBuild(program, [readiness, caughtBy]);
    if (ready?.kind !== 'passed') return { kind: 'UNCLEAR', why: `it does not become ready: ${tell(ready)}` };
    if (ended?.kind === 'failed') return { kind: 'caught', why: `by ${test}` };
    if (ended?.kind === 'passed') return { kind: 'ESCAPED', why: `${breaks}; not noticed by ${test}` };
    return { kind: 'UNCLEAR', why: `${test}: ${tell(ended)}` };
  } catch (error) {
    return { kind: 'UNCLEAR', why: messageOf(error) };
  }
}

function titleOf({ file, path }: TestName): string {
  return `${file} '${path.at(-1)}'`;
}

function tell(ended: Ending | undefined): string {
  if (ended === undefined || ended.kind === 'not run') return 'no such test ran';
  return ended.kind === 'passed' ? 'passed' : (ended.message.split('\n', 1)[0] ?? '');
}

function secondsSince(startedAt: number): string {
  return `${((performance.now() - startedAt) / 1000).toFixed(1)} s`;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
