// What the release workflow runs first: refuses a tag that is not the version of everything.
import { repository } from '../control-plane/paths.ts';
import { runTool, say } from '../command-line.ts';
import { mismatches, versionsIn } from './versions.ts';

const help = `Checks that a tag is the version of the operator, its image and its chart.

Usage: npm run release:check -- TAG

  TAG     for example v0.1.0
  --help  this text
`;

process.exitCode = await runTool(process.argv.slice(2), { help, read, run });

function read(parameters: readonly string[]): string {
  const [tag, ...others] = parameters;
  if (tag === undefined || others.length > 0) throw new Error('name one tag');
  return tag;
}

function run(tag: string): Promise<number> {
  const found = mismatches(tag, versionsIn(repository));
  for (const line of found) say(line);
  return Promise.resolve(found.length === 0 ? 0 : 1);
}
