// The story that the demo tells, step by step. Whatever happens, what it has started is stopped at its end.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ControlPlane, startControlPlane } from '../control-plane/start.ts';
import { keepRunning } from './keep.ts';
import { Kubectl } from './kubectl.ts';
import { applyManifests } from './manifests.ts';
import { startOperator } from './operator.ts';
import { startReceiver } from './receiver.ts';
import { showRecord } from './record.ts';
import type { Stage } from './stage.ts';
import { playWorker, requireExpected } from './worker.ts';

/** Rejects with the first thing that goes wrong. With `keep` it is a good end that a person interrupts it. */
export async function demo({ keep, ...rest }: { keep: boolean } & Omit<Stage, 'cleanup'>): Promise<void> {
  await using cleanup = new AsyncDisposableStack();
  const stage: Stage = { ...rest, cleanup };
  const { screen, contract } = stage;
  screen.title('Heliograph: webhooks about running analyses, in order and on record');
  screen.note(contract.about);

  screen.step('Start a control plane: a real etcd and Kubernetes API server');
  const controlPlane = await start(stage);
  const kubectl = new Kubectl(controlPlane, stage);

  screen.step('Start the operator, with the rights of its own role only');
  const operator = await startOperator(stage, controlPlane);
  screen.note(`It is ready (process ${operator.program.pid}).`);

  screen.step('Start a receiver of webhooks');
  const receiver = await startReceiver(stage, controlPlane.dir);
  screen.note(`It listens on http://127.0.0.1:${receiver.port} (process ${receiver.program.pid}).`);

  screen.step('Say who wants to hear, and what is running');
  await applyManifests(kubectl, { contract, port: receiver.port, dir: controlPlane.dir, screen });

  screen.step('Play the worker');
  await playWorker(stage, { kubectl, operator, receiver });

  screen.step('Ask kubectl whether they got it');
  await showRecord(kubectl, contract, screen);
  requireExpected(contract, receiver);

  if (keep) await keepRunning(stage, { controlPlane, operator, port: receiver.port });
  screen.step('Stop everything');
  await cleanup.disposeAsync();
  screen.note(
    keep
      ? 'Done.'
      : 'Done. `npm run demo -- --keep` leaves it running, to try things; `-- --help` tells more.',
  );
}

async function start({ screen, signal, fail, cleanup }: Stage): Promise<ControlPlane> {
  const dir = mkdtempSync(join(tmpdir(), 'heliograph-demo-'));
  cleanup.defer(() => rmSync(dir, { recursive: true, force: true }));
  const controlPlane = await startControlPlane({
    dir,
    temporary: true,
    progress: (line) => screen.note(line),
    onUnexpectedExit: fail,
    signal,
  });
  cleanup.defer(controlPlane.stop);
  screen.note(`It is ready: ${controlPlane.url}`);
  return controlPlane;
}
