// Leaves everything running, and says what there is to try.
import { once } from 'node:events';
import { dirname } from 'node:path';
import type { ControlPlane } from '../control-plane/start.ts';
import { Interrupted } from './interrupted.ts';
import type { Operator } from './operator.ts';
import type { Stage } from './stage.ts';

/** Resolves when a person interrupts it; rejects when a program dies. */
export async function keepRunning(
  { screen, signal }: Stage,
  { controlPlane, operator }: { controlPlane: ControlPlane; operator: Operator },
): Promise<void> {
  screen.step('Try it yourself');
  screen.note('Everything keeps running, and what the receiver gets is shown here, until Ctrl-C.');
  screen.part('In another terminal, this makes you the administrator of this API server:');
  screen.output(`export KUBECONFIG=${controlPlane.kubeconfig}`);
  screen.output(`export PATH="${dirname(controlPlane.kubectl)}:$PATH"   # has the kubectl that fits`);
  for (const [about, commands] of [...ideas, lookAround(operator)]) {
    screen.part(about);
    for (const command of commands) screen.output(command);
  }
  if (!signal.aborted) await once(signal, 'abort');
  if (!(signal.reason instanceof Interrupted)) throw signal.reason;
}

type Idea = readonly [about: string, commands: readonly string[]];

const ideas: readonly Idea[] = [
  ['A run of your own:', [createRun(), report('{"phase":"Analyzing","percentage":30}')]],
  [
    'Switch the webhook off, let the run end, and switch it on again: what was kept is sent then.',
    [
      `kubectl patch webhookendpoint ochy --type=merge -p '{"spec":{"enabled":false}}'`,
      report('{"phase":"Success","percentage":100}'),
      `kubectl patch webhookendpoint ochy --type=merge -p '{"spec":{"enabled":true}}'`,
    ],
  ],
];

function lookAround({ metricsUrl, logFile }: Operator): Idea {
  return [
    'Look around:',
    [
      'kubectl get webhookendpoints,analyses',
      'kubectl get webhookendpoint ochy -o yaml',
      'kubectl explain webhookendpoint.spec',
      `curl ${metricsUrl}`,
      `tail -f ${logFile}`,
    ],
  ];
}

function createRun(): string {
  const run = {
    apiVersion: 'heliograph.dev/v1alpha1',
    kind: 'Analysis',
    metadata: { name: 'my-run' },
    spec: { analysisId: 'my-run', notifyViaWebhook: true },
  };
  return `echo '${JSON.stringify(run)}' | kubectl apply -f -`;
}

function report(status: string): string {
  return `kubectl patch analysis my-run --subresource=status --type=merge -p '{"status":${status}}'`;
}
