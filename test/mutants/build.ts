// Builds the operator as a release does, with a mutant's edits or without.
import { join, relative, sep } from 'node:path';
import { bundleOperator, writeOutput } from '../../tools/image/bundle.ts';
import { repository } from '../../tools/control-plane/paths.ts';
import { type Mutant, mutated } from './mutant.ts';

const sources = join(repository, 'src');

/** Returns the path of the program in the folder. Throws where an edit does not fit. */
export async function buildOperator(folder: string, mutant?: Mutant): Promise<string> {
  const { code } = await bundleOperator(mutant === undefined ? [] : [mutation(mutant)]);
  const name = `${mutant?.name ?? 'unbroken'}.mjs`;
  writeOutput(folder, name, code);
  return join(folder, name);
}

function mutation(mutant: Mutant) {
  return {
    name: mutant.name,
    transform: (code: string, id: string) => {
      const file = relative(sources, id).replaceAll(sep, '/');
      return mutant.edits.some((edit) => edit.file === file) ? mutated(mutant, file, code) : null;
    },
  };
}
