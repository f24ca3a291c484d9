// How much of the machine somebody else used meanwhile, from what Linux counts.
import { readdirSync, readFileSync } from 'node:fs';

/** Since some time in the past, in ticks of 10 ms of one core. */
export interface CpuTimes {
  /** Of all cores, idle or not. */
  total: number;
  busy: number;
  /** Of this process and the programs that it has started, those that have ended included. */
  ours: number;
}

export function cpuTimes(): CpuTimes {
  const ticks = (/^cpu +(.*)/.exec(readFileSync('/proc/stat', 'utf8'))?.[1] ?? '').split(' ').map(Number);
  // The two after these (guest) are counted in the first two already.
  const [user = 0, nice = 0, system = 0, idle = 0, waiting = 0, irq = 0, softIrq = 0, stolen = 0] = ticks;
  const busy = user + nice + system + irq + softIrq + stolen;
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const ours = pids.map((pid) => ticksOf(pid)).reduce((sum, one) => sum + one, 0);
  return { total: busy + idle + waiting, busy, ours };
}

/** The part of all cores' time that others used between the two. */
export function othersShare(before: CpuTimes, after: CpuTimes): number {
  const others = after.busy - before.busy - (after.ours - before.ours);
  return Math.max(0, others / (after.total - before.total));
}

/** Of this process or a child of it, with the children that it has waited for; 0 for others. */
function ticksOf(pid: string): number {
  try {
    // After the name, which may hold anything, from the third field on.
    const [, fields = ''] = /^.*\) (.*)/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
    const [, parent, ...rest] = fields.split(' ');
    if (Number(pid) !== process.pid && Number(parent) !== process.pid) return 0;
    return rest.slice(9, 13).reduce((sum, ticks) => sum + Number(ticks), 0);
  } catch {
    // It has ended since the folder was read.
    return 0;
  }
}
