// What a process has used of the machine, from what Linux counts.
import { readFileSync } from 'node:fs';

/** Linux tells CPU time in these, whatever the machine. */
const tickMs = 10;

/** User and system time since it started, ms. Throws where there is no such process. */
export function cpuMsOf(pid: number): number {
  // After the name, which may hold anything, from the third field on.
  const [, fields = ''] = /^.*\) (.*)/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
  const [user = NaN, system = NaN] = fields.split(' ').slice(11, 13).map(Number);
  return (user + system) * tickMs;
}

/** Throws where there is no such process. */
export function residentMbOf(pid: number): number {
  return memoryMb(pid, 'VmRSS');
}

/** The most that was ever resident. Throws where there is no such process. */
export function peakMbOf(pid: number): number {
  return memoryMb(pid, 'VmHWM');
}

function memoryMb(pid: number, field: string): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const kilobytes = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1];
  return Number(kilobytes) / 1024;
}
