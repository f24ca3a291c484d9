// Runs the tests of one folder, on the release of Kubernetes that is asked for.
import { parseArgs } from 'node:util';
import { runTool } from '../tools/command-line.ts';
import { releaseVariable, scopeVariable, wantedRelease } from './support/control-plane.ts';
import { runTests, type TestRun } from './support/run-tests.ts';

const help = `Runs tests against a real API server.

Usage: npm run test:cluster -- [--kubernetes VERSION] [--namespaced] [FILE...]

  --kubernetes VERSION  the release to run on, such as 1.34; the newest by default
  --namespaced          with rights in named namespaces only, as with the chart's watchNamespaces
  --help                this text
`;

const [suite = '', ...parameters] = process.argv.slice(2);
process.exitCode = await runTool(parameters, { help, read, run: runTests });

function read(given: readonly string[]): TestRun {
  const { values, positionals } = parseArgs({
    args: [...given],
    options: { kubernetes: { type: 'string' }, namespaced: { type: 'boolean' } },
    allowPositionals: true,
  });
  const { kubernetes, namespaced } = values;
  wantedRelease(kubernetes);
  const files = positionals.length === 0 ? [`test/${suite}/**/*.test.ts`] : positionals;
  return {
    files,
    env: {
      ...(kubernetes !== undefined && { [releaseVariable]: kubernetes }),
      ...(namespaced === true && { [scopeVariable]: 'true' }),
    },
  };
}
