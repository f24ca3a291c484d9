// Leaves everything running, and says what there is to try.
import { once } from 'node:events';
import { dirname } from 'node:path';
import type { ControlPlane } from '../control-plane/start.ts';
import type { Contract } from './contract.ts';
import { Interrupted } from './interrupted.ts';
import type { Operator } from './operator.ts';
import type { Stage } from './stage.ts';

/** Resolves when a person interrupts it; rejects when a program dies. */
export async function keepRunning(
  { contract, screen, signal }: Stage,
  { controlPlane, operator, port }: { controlPlane: ControlPlane; operator: Operator; port: number },
): Promise<void> {
  screen.step('Try it yourself');
  screen.note('Everything keeps running, and what the receiver gets is shown here, until Ctrl-C.');
  screen.part('In another terminal, this makes you the administrator of this API server:');
  screen.output(`export KUBECONFIG=${controlPlane.kubeconfig}`);
  screen.output(`export PATH="${dirname(controlPlane.kubectl)}:$PATH"   # has the kubectl that fits`);
  for (const [about, commands] of [...ideasFor(contract, port), lookAround(contract, operator)]) {
    screen.part(about);
    for (const command of commands) screen.output(command);
  }
  if (!signal.aborted) await once(signal, 'abort');
  if (!(signal.reason instanceof Interrupted)) throw signal.reason;
}

type Idea = readonly [about: string, commands: readonly string[]];

const finished = '{"phase":"Success","percentage":100}';

function ideasFor({ endpoint, ownSpec }: Contract, port: number): readonly Idea[] {
  const create = createRun(ownSpec(`http://127.0.0.1:${port}/webhooks/mine`));
  const ownRun: Idea = ['A run of your own:', [create, report('{"phase":"Analyzing","percentage":30}')]];
  if (endpoint === undefined) return [ownRun, ['Let it end:', [report(finished)]], again];
  return [
    ownRun,
    [
      'Switch the webhook off, let the run end, and switch it on again: what was kept is sent then.',
      [enable(endpoint, false), report(finished), enable(endpoint, true)],
    ],
    again,
    [
      'Ask whether the receiver is there:',
      [`kubectl annotate webhookendpoint ${endpoint} --overwrite heliograph.dev/ping=1`],
    ],
  ];
}

const again: Idea = [
  'Send it all again; the receiver tells that it has seen it. Another value sends it once more.',
  ['kubectl label analysis my-run --overwrite heliograph.dev/redeliver=all.1'],
];

function lookAround({ endpoint }: Contract, { metricsUrl, logFile }: Operator): Idea {
  return [
    'Look around:',
    [
      'kubectl get webhookendpoints,analyses',
      ...(endpoint === undefined
        ? ['kubectl get analysis my-run -o yaml']
        : [`kubectl get webhookendpoint ${endpoint} -o yaml`, 'kubectl explain webhookendpoint.spec']),
      `curl ${metricsUrl}`,
      `tail -f ${logFile}`,
    ],
  ];
}

function createRun(spec: object): string {
  const run = { apiVersion: 'heliograph.dev/v1alpha1', kind: 'Analysis', metadata: { name: 'my-run' }, spec };
  return `echo '${JSON.stringify(run)}' | kubectl apply -f -`;
}

function enable(endpoint: string, enabled: boolean): string {
  return `kubectl patch webhookendpoint ${endpoint} --type=merge -p '{"spec":{"enabled":${enabled}}}'`;
}

function report(status: string): string {
  return `kubectl patch analysis my-run --subresource=status --type=merge -p '{"status":${status}}'`;
}
