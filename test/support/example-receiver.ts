// Runs the receiver of an example as a process, and posts to it as Heliograph would.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';
import { Webhook } from 'standardwebhooks';
import { parse } from 'yaml';
import { repository } from '../../tools/control-plane/paths.ts';

export interface ExampleReceiver {
  url: string;
  /** What it answers, and the line that it prints, single-spaced. */
  post: (body: string, headers?: Record<string, string>) => Promise<[status: number, line: string]>;
  /** The next line that it prints. */
  line: () => Promise<string>;
  /** Ends it, and resolves with how it ended. */
  end: (signal: NodeJS.Signals) => Promise<[code: number | null, signal: NodeJS.Signals | null]>;
}

export function spawnReceiver(folder: string, parameters: readonly string[], secret?: string) {
  const { WEBHOOK_SECRET: _, ...env } = process.env;
  return spawn(process.execPath, [`${folder}receiver.ts`, ...parameters], {
    cwd: repository,
    env: secret === undefined ? env : { ...env, WEBHOOK_SECRET: secret },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** On any free port; ends with the test. */
export async function startExample(
  t: TestContext,
  folder: string,
  { secret, parameters = [] }: { secret?: string; parameters?: readonly string[] } = {},
): Promise<ExampleReceiver> {
  const child = spawnReceiver(folder, ['0', ...parameters], secret);
  t.after(() => child.kill('SIGKILL'));
  child.stderr.pipe(process.stderr);
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const line = async () => {
    const { value, done } = await lines.next();
    return done === true ? assert.fail(`the receiver of ${folder} has ended`) : value;
  };
  const [, url = ''] = /^listening on (.*)$/.exec(await line()) ?? [];
  return {
    url,
    line,
    post: async (body, headers = {}) => {
      const response = await fetch(url, { method: 'POST', body, headers });
      const text = await response.text();
      if (response.status === 200) assert.equal(text, 'webhook received\n');
      return [response.status, (await line()).replaceAll(/ +/g, ' ')];
    },
    end: async (signal) => {
      const exit = once(child, 'exit');
      child.kill(signal);
      const [code, by] = await exit;
      return [code, by];
    },
  };
}

/** The headers of a signed webhook, by the library that the specification has for it. */
export function signed(secret: string, id: string, body: string, at = new Date()): Record<string, string> {
  return {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
    'webhook-signature': new Webhook(secret).sign(id, at, body),
  };
}

/** The signing secret of an example's manifest. */
export function exampleSecret(folder: string): string {
  const { stringData } = parse(readFileSync(join(repository, folder, 'secret.yaml'), 'utf8'));
  return stringData.secret;
}
