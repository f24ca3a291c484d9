// Runs etcd and the API server together.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Binaries } from './binaries.ts';
import { Component, ComponentError } from './component.ts';
import { apiServerArguments, etcdArguments } from './flags.ts';
import type { Credentials } from './credentials.ts';
import { freePort } from './ports.ts';

export interface ProgramsOptions {
  dir: string;
  binaries: Binaries;
  credentials: Credentials;
  auditLog: string | undefined;
  extraApiServerArguments: readonly string[];
  /** Asks the API server itself. */
  isApiServerReady: (url: string) => Promise<boolean>;
  /** Called when a process has started or ended. */
  onChange: (components: readonly Component[]) => void;
  onUnexpectedExit: (error: Error) => void;
  signal: AbortSignal | undefined;
}

export interface Running {
  etcd: Component;
  apiServer: Component;
  ports: { etcd: number; apiServer: number };
  url: string;
}

export class Programs {
  readonly #options: ProgramsOptions;
  readonly #components: Component[] = [];

  constructor(options: ProgramsOptions) {
    this.#options = options;
  }

  /** Starts both on free ports and resolves when the API server is ready. Throws ComponentError. */
  async start(): Promise<Running> {
    const { dir, credentials, auditLog, extraApiServerArguments, isApiServerReady, binaries } = this.#options;
    const etcd = await this.#startOnFreePort('etcd', (port) => ({
      command: binaries.etcd,
      arguments: etcdArguments({ dir, port }),
      isReady: async () => (await fetch(`http://127.0.0.1:${port}/health`)).ok,
    }));
    const apiServer = await this.#startOnFreePort('kube-apiserver', (port) => ({
      command: binaries.kubeApiserver,
      arguments: [
        ...apiServerArguments({ dir, credentials, port, etcdPort: etcd.port, auditLog }),
        ...extraApiServerArguments,
      ],
      isReady: () => isApiServerReady(urlOf(port)),
    }));
    return {
      etcd: etcd.component,
      apiServer: apiServer.component,
      ports: { etcd: etcd.port, apiServer: apiServer.port },
      url: urlOf(apiServer.port),
    };
  }

  /** Ends what runs, the API server first. With a grace of 0 ms they get no time to put things in order. */
  async stop(graceMs: number): Promise<void> {
    // A paused etcd would let the API server wait for it.
    for (const component of this.#components) await component.kill('SIGCONT');
    for (const component of this.#components.toReversed()) await component.stop(graceMs);
  }

  async #startOnFreePort(name: string, program: (port: number) => Program): Promise<Started> {
    const logFile = join(this.#options.dir, `${name}.log`);
    for (let attempt = 1; ; attempt += 1) {
      const port = await freePort();
      writeFileSync(logFile, '', { mode: 0o600 });
      const component = new Component({
        ...program(port),
        name,
        logFile,
        onChange: () => this.#options.onChange(this.#components),
        onUnexpectedExit: this.#options.onUnexpectedExit,
      });
      this.#components.push(component);
      try {
        const { signal } = this.#options;
        await component.start(signal === undefined ? {} : { signal });
        return { component, port };
      } catch (error) {
        // Somebody else may have taken the port since we looked.
        const taken = error instanceof ComponentError && /address already in use/.test(component.logTail());
        if (!taken || attempt === 3) throw error;
      }
    }
  }
}

interface Program {
  command: string;
  arguments: readonly string[];
  isReady: () => Promise<boolean>;
}

interface Started {
  component: Component;
  port: number;
}

function urlOf(port: number): string {
  return `https://127.0.0.1:${port}`;
}
