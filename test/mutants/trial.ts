// Runs named tests on one build of the operator, and tells how each of them ended.
import { join } from 'node:path';
import { run } from 'node:test';
import { repository } from '../../tools/control-plane/paths.ts';
import { operatorVariable } from '../support/operator.ts';
import type { TestName } from './mutant.ts';

export type Ending =
  | { readonly kind: 'passed' }
  /** By an assertion, or by waiting in vain. */
  | { readonly kind: 'failed'; readonly message: string }
  /** In a way that says nothing of the build. */
  | { readonly kind: 'broke'; readonly message: string }
  | { readonly kind: 'not run' };

interface Failure extends Error {
  failureType?: string;
  cause?: unknown;
}

/** Of one file; no test that is named here takes as long. */
const timeoutMs = 240_000;

/** Their order is that of the tests. */
export async function tryBuild(program: string, tests: readonly TestName[]): Promise<Ending[]> {
  const endings = new Map<string, Ending>();
  const events = run({
    cwd: repository,
    files: [...new Set(tests.map(({ file }) => join(repository, file)))],
    ...patternsOf(tests),
    env: { ...process.env, [operatorVariable]: program },
    concurrency: 2,
    timeout: timeoutMs,
  });
  for await (const { type, data } of events) {
    if (type === 'test:pass') endings.set(keyOf(data), { kind: 'passed' });
    if (type === 'test:fail') endings.set(keyOf(data), endingOf(data.details.error));
  }
  return tests.map(({ path }) => {
    const key = keyOf({ name: path.at(-1) ?? '', nesting: path.length - 1 });
    return endings.get(key) ?? { kind: 'not run' };
  });
}

function keyOf({ name, nesting }: { name: string; nesting: number }): string {
  return `${nesting} ${name}`;
}

function endingOf(error: Failure): Ending {
  const { failureType, cause } = error;
  const message = cause instanceof Error ? cause.message : error.message;
  const isAsserted = cause instanceof Error && 'code' in cause && cause.code === 'ERR_ASSERTION';
  const hasWaited = /^waited [\d.]+ s in vain /.test(message);
  const isOfTest = failureType === 'testCodeFailure' && (isAsserted || hasWaited);
  return { kind: isOfTest ? 'failed' : 'broke', message };
}

/**
 * A pattern of names selects the tests at the top, with all that is inside them; so what is to be left out has to be said,
 * too. Node asks it of every test by its name alone and after the names above it, and of the root that is above all.
 */
function patternsOf(tests: readonly TestName[]): { testNamePatterns: RegExp[]; testSkipPatterns: RegExp[] } {
  const tops = tests.map(({ path: [top] }) => top);
  const all = tests.flatMap(({ path }) =>
    path.flatMap((name, index) => [name, path.slice(0, index + 1).join(' ')]),
  );
  return {
    testNamePatterns: [new RegExp(`^(?:${either(tops)})$`)],
    testSkipPatterns: [new RegExp(`^(?!(?:${either(['', '<root>', ...all])})$)`)],
  };
}

function either(names: readonly string[]): string {
  return [...new Set(names)].map((name) => RegExp.escape(name)).join('|');
}
