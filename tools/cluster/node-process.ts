// The node as a process of this machine: `unshare`, and below it, in namespaces and a cgroup of its own, all the rest.
import { createHash } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Component } from '../control-plane/component.ts';
import { until } from '../control-plane/poll.ts';
import { identify, isRunning, type ProcessIdentity } from '../control-plane/process-identity.ts';
import { createCgroup, removeEmptyCgroups } from './cgroups.ts';
import { listens } from './node/program.ts';
import { apiSocket, bridge, nodeAddress, type NodeSettings, podNetwork } from './node/settings.ts';

const enterScript = fileURLToPath(new URL('node/enter.sh', import.meta.url));
const initScript = fileURLToPath(new URL('node/init.sh', import.meta.url));
const mainScript = fileURLToPath(new URL('node/main.ts', import.meta.url));

interface NodeEvents {
  /** A process has started or ended. */
  onChange: () => void;
  /** The node has ended by itself after it was ready. */
  onUnexpectedExit: (error: Error) => void;
}

export class NodeProcess {
  readonly #component: Component;

  constructor(settings: NodeSettings, events: NodeEvents) {
    const { folder } = settings;
    removeEmptyCgroups();
    rmSync(apiSocket(folder), { force: true });
    const file = join(folder, 'settings.json');
    writeFileSync(file, JSON.stringify(settings), { mode: 0o600 });
    const cgroups = createCgroup(createHash('sha256').update(folder).digest('hex').slice(0, 16));
    const unshare = ['--ipc', '--mount', '--net', '--pid', '--fork', '--kill-child', '--'];
    const enter = ['sh', enterScript, ...cgroups, '--'];
    const init = ['sh', initScript, folder, bridge, `${nodeAddress}/${podNetwork.split('/')[1]}`];
    const main = [process.execPath, mainScript, file];
    this.#component = new Component({
      name: 'node',
      command: 'unshare',
      arguments: [...unshare, ...enter, ...init, ...main],
      logFile: join(folder, 'node.log'),
      isReady: () => listens(apiSocket(folder)),
      ...events,
    });
  }

  /** What has to end before nothing is left. */
  get processes(): { name: string; pid: number | undefined }[] {
    return [this.#component, { name: 'first process of the node', pid: this.#first()?.pid }];
  }

  /** Resolves when pods can run. Throws ComponentError. */
  async start(signal: AbortSignal): Promise<void> {
    await this.#component.start({ timeoutMs: 180_000, signal });
  }

  /** Resolves when no process, mount, interface or rule of it is left. */
  async stop(): Promise<void> {
    const first = this.#first();
    await this.#component.stop();
    // It is the last of them to end. Mounts and interfaces go with their namespaces.
    await until("the node's processes to end", async () => first === undefined || !isRunning(first));
    removeEmptyCgroups();
  }

  #first(): ProcessIdentity | undefined {
    const { pid } = this.#component;
    if (pid === undefined) return undefined;
    const [child = ''] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ', 1);
    return child === '' ? undefined : identify('first process', Number(child));
  }
}
