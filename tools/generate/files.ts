// The generated files as text, for writing them and for noticing that they are out of date.
import { stringify } from 'yaml';
import { customResourceDefinitions } from './crd.ts';

const header = '# Generated from src/api by `npm run generate`; change it there.\n';

/** File name → YAML. */
export function crdFiles(): ReadonlyMap<string, string> {
  return new Map(
    [...customResourceDefinitions()].map(([name, definition]) => [
      name,
      header + stringify(definition, { lineWidth: 110, aliasDuplicateObjects: false }),
    ]),
  );
}
