// Starts the operator as a process of its own, with the rights of its own role.
import { join } from 'node:path';
import type { ControlPlane } from '../control-plane/start.ts';
import { Program } from './program.ts';
import type { Stage } from './stage.ts';

export interface Operator {
  program: Program;
  metricsUrl: string;
  logFile: string;
}

interface Ports {
  healthPort: number;
  metricsPort: number;
}

const script = [
  'src/main.ts',
  // The receiver is on this machine and speaks plain http; neither is allowed unless an administrator says so.
  '--egress-allowed-cidrs=127.0.0.1/32',
  '--egress-allow-http',
  // Any free port.
  '--health-bind-address=127.0.0.1:0',
  '--metrics-bind-address=127.0.0.1:0',
];

/** Resolves when it is ready. */
export async function startOperator(stage: Stage, controlPlane: ControlPlane): Promise<Operator> {
  const { screen, signal, cleanup, fail } = stage;
  const logFile = join(controlPlane.dir, 'operator.log');
  let ports: Ports | undefined;
  screen.command([`KUBECONFIG=${controlPlane.operatorKubeconfig}`, 'node', ...script]);
  const program = new Program({
    name: 'the operator',
    arguments: script,
    env: { KUBECONFIG: controlPlane.operatorKubeconfig },
    logFile,
    onLine: (line) => (ports ??= portsIn(line)),
    onUnexpectedExit: fail,
  });
  cleanup.defer(() => program.stop());
  const isReady = async () => ports !== undefined && (await answersOk(ports.healthPort));
  await program.until('it to be ready', isReady, signal);
  return { program, metricsUrl: `http://127.0.0.1:${ports?.metricsPort}/metrics`, logFile };
}

/** Its log is JSON lines; the one about its start tells the ports it got. */
function portsIn(line: string): Ports | undefined {
  try {
    const entry: { event?: unknown } & Ports = JSON.parse(line);
    return entry.event === 'started' ? entry : undefined;
  } catch {
    return undefined;
  }
}

async function answersOk(port: number): Promise<boolean> {
  try {
    return (await fetch(`http://127.0.0.1:${port}/readyz`)).ok;
  } catch {
    return false;
  }
}
