// Telling a process from a later one with its number.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { identify, isRunning } from '../../../../tools/control-plane/process-identity.ts';

test('a process runs until it has ended', async () => {
  const child = spawn('cat', { stdio: ['pipe', 'ignore', 'ignore'] });
  const identity = identify('cat', child.pid ?? 0);
  assert.ok(identity);
  assert.ok(isRunning(identity));

  const exit = once(child, 'exit');
  child.stdin.end();
  await exit;

  assert.equal(isRunning(identity), false);
  assert.equal(identify('cat', identity.pid), undefined);
});

test('another process with the same number is not taken for it', () => {
  const ours = identify('us', process.pid);
  assert.ok(ours);

  assert.equal(isRunning({ ...ours, started: 'earlier' }), false);
  assert.ok(isRunning(ours));
});
