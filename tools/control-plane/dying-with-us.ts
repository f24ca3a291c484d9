// Lets the kernel end a program when this process is SIGKILLed, where util-linux can arrange for that.
import { spawnSync } from 'node:child_process';

let canDieWithUs: boolean | undefined;

/** The command and its arguments for `spawn`; the process's id stays the program's own. */
export function dyingWithUs(command: string, parameters: readonly string[]): [string, string[]] {
  canDieWithUs ??= spawnSync('setpriv', ['--pdeathsig', 'KILL', 'true']).status === 0;
  return canDieWithUs
    ? ['setpriv', ['--pdeathsig', 'KILL', command, ...parameters]]
    : [command, [...parameters]];
}
