// A mutant: the operator with one plausible bug, and the test that must notice it.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repository } from '../../tools/control-plane/paths.ts';

export interface Mutant {
  /** In kebab case, for the command line. */
  name: string;
  /** Which invariant, and by what. */
  breaks: string;
  /** More than one where the product has a second line of defence. */
  edits: readonly Edit[];
  caughtBy: TestName;
}

export interface Edit {
  /** Below src/. */
  file: string;
  /** Text that stands in the file exactly once. */
  from: string;
  to: string;
}

export interface TestName {
  /** From the root of the repository. */
  file: string;
  /** The test at the top, and the one inside it. */
  path: readonly [string, ...string[]];
}

/** The text of a source with the mutant's edits of it. Throws where the source has changed so that one does not fit. */
export function mutated({ name, edits }: Mutant, file: string, source: string): string {
  let text = source;
  for (const edit of edits.filter((one) => one.file === file)) {
    const parts = text.split(edit.from);
    if (parts.length !== 2)
      throw new Error(
        `mutant ${name}: src/${file} has ${parts.length - 1} times, not once, the text\n${edit.from}`,
      );
    text = parts.join(edit.to);
  }
  return text;
}

export function sourceOf(file: string): string {
  return readFileSync(join(repository, 'src', file), 'utf8');
}
