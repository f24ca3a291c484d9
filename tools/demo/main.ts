// The command line of the demo: a tour of everything on one machine, from a fresh control plane to a full ledger.
import { parseArgs } from 'node:util';
import { messageOf, runTool, say } from '../command-line.ts';
import { ComponentError } from '../control-plane/component.ts';
import type { Contract } from './contract.ts';
import { contracts, usualContract } from './contracts.ts';
import { demo } from './demo.ts';
import { Interrupted } from './interrupted.ts';
import { Screen } from './screen.ts';

const help = `Shows Heliograph at work, on this machine alone: starts a Kubernetes API server, the operator and a receiver of
webhooks, applies the example of a contract, plays a worker, and shows what arrives and what kubectl tells of it.

Usage: npm run demo [-- [--contract NAME] [--keep]]

  --contract NAME  which contract:
${contractLines()}
  --keep           leaves everything running afterwards, to try things, until Ctrl-C
  --help           this text

The first run downloads or builds the API server (minutes); after that it takes seconds. KUBEBUILDER_ASSETS may name a
folder with etcd, kube-apiserver and kubectl. Nothing stays behind but that cache.
`;

/** What a shell reports of a program that the signal has ended. */
const signals = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

process.exitCode = await runTool(process.argv.slice(2), { help, read, run });

interface Choice {
  contract: Contract;
  keep: boolean;
}

function read(parameters: readonly string[]): Choice {
  const { values } = parseArgs({
    args: [...parameters],
    options: { contract: { type: 'string' }, keep: { type: 'boolean' } },
  });
  const contract = contracts.get(values.contract ?? usualContract.name);
  if (contract === undefined) throw new Error(`--contract must be ${names()}, not '${values.contract}'`);
  return { contract, keep: values.keep === true };
}

/** Returns the exit code when nothing runs any more. */
async function run(choice: Choice): Promise<number> {
  const ending = new AbortController();
  const fail = (reason: Error) => ending.abort(reason);
  // Only the first counts: a terminal and npm may both pass on the same Ctrl-C.
  for (const [signal, exitCode] of Object.entries(signals))
    process.on(signal, (name: NodeJS.Signals) => fail(new Interrupted(name, exitCode)));
  // Whoever has read enough (`npm run demo | head`) has ended it, too.
  process.stdout.on('error', ({ message }) => fail(new Error(`its output has been closed (${message})`)));
  try {
    await demo({ ...choice, screen: new Screen(), signal: ending.signal, fail });
    return 0;
  } catch (error) {
    // Everything that waits rejects with an AbortError then, which says nothing.
    return exitCodeOf(ending.signal.aborted ? ending.signal.reason : error);
  }
}

function exitCodeOf(reason: unknown): number {
  say(explain(reason));
  return reason instanceof Interrupted ? reason.exitCode : 1;
}

/** The log that it refers to has gone with the demo's folder; its last lines follow. */
function explain(reason: unknown): string {
  return reason instanceof ComponentError
    ? reason.message.replace(/, see [^\n]*\.log/, '')
    : messageOf(reason);
}

function names(): string {
  return [...contracts.keys()].join(', ').replace(/, (?!.*, )/, ' or ');
}

function contractLines(): string {
  return [...contracts.values()]
    .map(({ name, about, folder }) => `    ${name.padEnd(18)}  ${about.replace(/:.*/, '')} (${folder})`)
    .join('\n');
}
