// Runs the tests of one folder, on the release of Kubernetes that is asked for.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { runTool } from '../tools/command-line.ts';
import { repository } from '../tools/control-plane/paths.ts';
import { releaseVariable, scopeVariable, wantedRelease } from './support/control-plane.ts';

const help = `Runs tests against a real API server.

Usage: npm run test:cluster -- [--kubernetes VERSION] [--namespaced] [FILE...]

  --kubernetes VERSION  the release to run on, such as 1.34; the newest by default
  --namespaced          with rights in named namespaces only, as with the chart's watchNamespaces
  --help                this text
`;

interface Options {
  env: Readonly<Record<string, string>>;
  files: readonly string[];
}

const [suite = '', ...parameters] = process.argv.slice(2);
process.exitCode = await runTool(parameters, { help, read, run });

function read(given: readonly string[]): Options {
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

async function run({ env, files }: Options): Promise<number> {
  const flags = ['--test-concurrency=3', '--test-timeout=300000'];
  const child = spawn(
    process.execPath,
    ['--test', ...flags, '--test-global-setup=test/support/global-setup.ts', ...files],
    {
      cwd: repository,
      stdio: 'inherit',
      env: { ...process.env, ...env },
    },
  );
  // The terminal signals the whole group, `kill` only us; the runner decides when it is done.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal));
  const [code] = (await once(child, 'exit')) as [number | null];
  return code ?? 1;
}
