// I11: ten thousand hostile answers cost no memory and no file descriptor for good.
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createCertificate } from '../../support/certificates.ts';
import { startReceiver } from '../../support/receiver.ts';
import type { Report } from './many-answers.ts';
import { answerInOneWay } from './many-ways.ts';

/** Until pools, compiled code and the allocator have what they need. */
const warmUp = 10_000;
const count = 10_000;
const megabyte = 1_000_000;

test('I11: over 10,000 hostile answers memory grows by less than 10 MB, and no file stays open', async (t) => {
  const receiver = await startReceiver(t, answerInOneWay);
  const certificate = createCertificate({ names: ['127.0.0.1'] });
  const tlsReceiver = await startReceiver(t, () => {}, { certificate });
  const script = fileURLToPath(import.meta.resolve('./many-answers.ts'));
  const child = fork(script, [receiver.port, tlsReceiver.port, warmUp, count].map(String), {
    // How much room V8 leaves to the young generation depends on the load, and would hide what stays.
    execArgv: ['--expose-gc', '--max-semi-space-size=2'],
  });
  t.after(() => child.kill('SIGKILL'));
  const ended = once(child, 'exit');
  const [report] = (await Promise.race([once(child, 'message'), ended])) as [Report];
  assert.equal(typeof report, 'object', 'the process ended early');
  const { before, after, outcomes, files } = report;
  t.diagnostic(JSON.stringify(report));
  assert.equal(
    Object.values(outcomes).reduce((sum, one) => sum + one, 0),
    count,
  );
  for (const outcome of ['delivered', 'rejected', 'timed_out', 'unreachable', 'tls', 'denied'])
    assert.ok((outcomes[outcome] ?? 0) > 400, `${outcome}: ${outcomes[outcome]}`);
  assert.ok(after.heapBytes - before.heapBytes < 10 * megabyte, 'the heap has grown');
  assert.ok(after.rssBytes - before.rssBytes < 10 * megabyte, 'the process has grown');
  assert.ok(files.end <= files.start, `${files.end - files.start} more files are open`);
  const [code] = await ended;
  assert.equal(code, 0);
  assert.equal(receiver.open, 0);
});
