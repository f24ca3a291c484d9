// Who delivers: the operator, and others beside it. Each is a process of its own.
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BinariesError } from '../../tools/control-plane/binaries-error.ts';
import { ensurePrograms } from '../../tools/control-plane/binaries.ts';
import { Component } from '../../tools/control-plane/component.ts';
import { argoEngine } from '../../tools/control-plane/program-sets.ts';
import type { FieldOptions } from '../field.ts';
import { type Deliverer, startOperator } from '../operator.ts';
import type { Stage } from '../stage.ts';

export interface Peer {
  name: string;
  /** Whose lost events make the benchmark fail, and whose records can be waited for. */
  isOurs: boolean;
  /** Resolves when it watches. */
  start: (stage: Stage) => Promise<Deliverer>;
  /** How the analyses of a load say where their events go. */
  sendsTo: (url: string) => Omit<FieldOptions, 'analyses'>;
}

const graceMs = 2000;
const maxComplaints = 3;
/** The engine's HTTP client says each request, and nothing can keep it from that. */
const isChatter = /\[DEBUG\]/;
const obviousScript = fileURLToPath(import.meta.resolve('./obvious/main.ts'));

export const heliograph: Peer = {
  name: 'Heliograph',
  isOurs: true,
  start: (stage) => startOperator(stage),
  sendsTo: (url) => ({ endpointUrls: [url] }),
};

const urlInAnalysis: Pick<Peer, 'isOurs' | 'sendsTo'> = {
  isOurs: false,
  sendsTo: (webhookUrl) => ({ endpointUrls: [], spec: { webhookUrl } }),
};

const obvious: Peer = {
  ...urlInAnalysis,
  name: 'obvious operator',
  start: (stage) =>
    startProgram(stage, {
      name: 'the obvious operator',
      command: [`WEBHOOK_SECRET=${randomBytes(32).toString('base64')}`, process.execPath, obviousScript],
      readyLine: 'Watching analyses',
    }),
};

/** The two ways to tell the engine of rungs; its main.go says what each means. */
export type ArgoMode = 'once-per' | 'conditions';

export const argoNames: Readonly<Record<ArgoMode, string>> = {
  'once-per': 'Argo, oncePer',
  conditions: 'Argo, conditions',
};

function argo(program: string, mode: ArgoMode): Peer {
  return {
    ...urlInAnalysis,
    name: argoNames[mode],
    start: (stage) =>
      startProgram(stage, {
        name: `the Argo engine (${mode})`,
        command: [program, mode, stage.receiver.urlOf('')],
        readyLine: 'Controller is running',
      }),
  };
}

/** Builds what has to be built. Without Go there is one less; `note` gets the reason. */
export async function preparePeers(
  { say, signal }: Pick<Stage, 'say' | 'signal'>,
  note: (line: string) => void,
): Promise<readonly Peer[]> {
  try {
    const program = join(await ensurePrograms(argoEngine, { progress: say, signal }), 'argo');
    return [argo(program, 'once-per'), argo(program, 'conditions'), obvious];
  } catch (error) {
    if (!(error instanceof BinariesError)) throw error;
    note(`Peers: without the Argo engine: ${error.message}`);
    return [obvious];
  }
}

interface Program {
  name: string;
  command: readonly string[];
  /** What it says when it watches. */
  readyLine: string;
}

/** With the rights of the administrator. That it ends is for who measures it to find out. */
async function startProgram(stage: Stage, { name, command, readyLine }: Program): Promise<Deliverer> {
  const { controlPlane, signal, cleanup } = stage;
  const program = new Component({
    name,
    command: 'env',
    arguments: [`KUBECONFIG=${controlPlane.kubeconfig}`, ...command],
    logFile: join(controlPlane.dir, `${name.replaceAll(/\W+/g, '-')}.log`),
    isReady: () => Promise.resolve(program.logTail().includes(readyLine)),
    onChange: () => {},
    onUnexpectedExit: () => {},
  });
  cleanup.defer(() => program.stop(graceMs));
  await program.start({ signal });
  return {
    pid: () => program.pid,
    stop: () => program.stop(graceMs),
    complaints: () =>
      program
        .logTail(Infinity)
        .split('\n')
        .filter((line) => line !== '' && !isChatter.test(line) && !line.includes(readyLine))
        .slice(-maxComplaints),
  };
}
