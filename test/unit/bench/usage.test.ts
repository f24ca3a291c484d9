// What Linux counts of a process is what the process itself is told.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cpuMsOf, residentMbOf } from '../../../bench/usage.ts';

/** Each of user and system time is rounded down to whole ticks. */
const roundingMs = 20;

const ownCpuMs = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

test('CPU time is user and system time in milliseconds', () => {
  const before = ownCpuMs();
  const told = cpuMsOf(process.pid);
  const after = ownCpuMs();
  assert.ok(told >= before - roundingMs && told <= after, `${before} ≤ ${told} ≤ ${after}`);
});

test('memory is what is resident, in megabytes', () => {
  const told = residentMbOf(process.pid);
  const own = process.memoryUsage.rss() / 2 ** 20;
  assert.ok(told > own / 2 && told < own * 2, `${told} is about ${own}`);
});

test('a process that has ended has no usage', () => {
  const nobody = 2 ** 22 + 1;
  assert.throws(() => cpuMsOf(nobody), { code: 'ENOENT' });
  assert.throws(() => residentMbOf(nobody), { code: 'ENOENT' });
});
