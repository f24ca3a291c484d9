// The demo as a newcomer runs it: a process of its own, judged by what it prints, its exit code, and what it leaves.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { suite, type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import { ensureBinaries } from '../../tools/control-plane/binaries.ts';
import { startDemo, temporaryFolder } from '../support/demo-process.ts';
import { until } from '../support/until.ts';

const unfinished = [
  '1 analysis.started 0 %',
  ...[2, 3, 4, 5, 6, 7, 8, 9, 10].map((sequence) => `${sequence} analysis.progress ${sequence - 1}0 %`),
];
const complete = [...unfinished, '11 analysis.completed 100 %'];

// Each has a control plane of its own, which mostly waits.
suite('demo', { concurrency: 3 }, () => {
  test('the demo delivers every event in order, shows the record, and leaves nothing behind', async (t) => {
    const demo = startDemo(t);
    assert.deepEqual(await demo.end, { code: 0, signal: null });
    assert.equal(demo.stderr(), '');

    assert.deepEqual(demo.deliveriesOf('steady-run'), complete);
    assert.deepEqual(demo.deliveriesOf('jumping-run'), complete);
    assert.deepEqual(demo.deliveriesOf('failing-run'), [
      ...unfinished.slice(0, 4),
      '11 analysis.failed 35 %',
    ]);
    assert.deepEqual(demo.deliveriesOf('quiet-run'), []);

    // The columns are cut down to what does not depend on the clock.
    const table = [...demo.stdout().matchAll(/^ +(\w+)\.heliograph\.dev\/(\S+) +(.*?) +\d+s$/gm)];
    assert.deepEqual(
      table.map(([, kind, name, columns]) => `${kind} ${name} ${columns?.replaceAll(/ +/g, ' ')}`),
      [
        'webhookendpoint ochy true True Idle 27 0 200',
        'analysis failing-run Failed 35 11 Settled 200',
        'analysis jumping-run Success 100 11 Settled 200',
        'analysis quiet-run Success 100 0 Settled',
        'analysis steady-run Success 100 11 Settled 200',
      ],
    );
    const [, ledger = ''] = demo.stdout().split('kubectl get analysis failing-run -o yaml');
    assert.equal(ledger.match(/state: Delivered/g)?.length, 5);
    assert.match(ledger, /body: \|\n +webhook received\n/);
    assert.match(ledger, /state: Settled\n/);
    demo.assertNothingLeft();
  });

  test('--keep goes on until Ctrl-C, and what it says to try works', async (t) => {
    await takePort(t, 8888);
    const demo = startDemo(t, { parameters: ['--keep'] });
    await demo.says(/until Ctrl-C[^]*\n +tail -f/);
    assert.match(demo.stdout(), /Port 8888 is taken on this machine/);
    // npm's stand-in, the demo, etcd, the API server, the operator, the receiver.
    if (process.platform === 'linux') assert.equal(demo.processes().length, 6);

    // Lines for a shell, as a person would copy them: two exports, then those about a run of one's own.
    const type = typer(t, demo.stdout());
    assert.match(await type('echo '), /my-run created/);
    assert.match(await type('kubectl patch analysis my-run', /30/), /patched/);
    assert.match(await type('kubectl patch webhookendpoint', /false/), /patched/);
    assert.match(await type('kubectl patch analysis my-run', /100/), /patched/);
    assert.match(await type('kubectl patch webhookendpoint', /true/), /patched/);
    await demo.says(/received +my-run +11 +analysis\.completed +100 %/);
    assert.deepEqual(demo.deliveriesOf('my-run'), complete);
    assert.match(await type('kubectl label'), /labeled/);
    await demo.says(/received +my-run +11 +analysis\.completed +100 % +duplicate/);
    assert.deepEqual(
      demo.deliveriesOf('my-run').slice(complete.length),
      complete.map((line) => `${line} duplicate: seen before, ignore it`),
    );
    assert.match(await type('kubectl annotate'), /annotated/);
    await demo.says(/received +webhook\.ping/);
    assert.match(await type('kubectl get webhookendpoints'), /my-run/);
    assert.match(await type('kubectl explain'), /enabled/);

    demo.signal('SIGINT');
    assert.deepEqual(await demo.end, { code: 0, signal: null });
    assert.equal(demo.stderr(), '');
    demo.assertNothingLeft();
  });

  for (const [name, step] of [
    ['operator', /Start the operator[^]*It is ready \(process (\d+)\)/],
    ['receiver', /It listens on .* \(process (\d+)\)/],
  ] as const)
    test(`when the ${name} dies, the demo says so, fails, and leaves nothing behind`, async (t) => {
      const demo = startDemo(t);
      const [, pid] = await demo.says(step);
      process.kill(Number(pid), 'SIGKILL');
      assert.deepEqual(await demo.end, { code: 1, signal: null });
      assert.match(demo.stderr(), new RegExp(`^heliograph: the ${name} ended unexpectedly \\(SIGKILL\\)`));
      assert.equal(demo.stderr().match(/heliograph: /g)?.length, 1);
      demo.assertNothingLeft();
    });

  for (const [signal, code, where] of [
    ['SIGINT', 130, /received +steady-run +3 /],
    ['SIGTERM', 143, /Starting etcd and the API server/],
  ] as const)
    test(`${signal} in the middle ends it with ${code}, and leaves nothing behind`, async (t) => {
      const demo = startDemo(t);
      await demo.says(where);
      demo.signal(signal);
      assert.deepEqual(await demo.end, { code, signal: null });
      assert.equal(demo.stderr(), `heliograph: interrupted by ${signal}\n`);
      demo.assertNothingLeft();
    });

  test('a kubectl that fails ends it with the command and what kubectl said', async (t) => {
    const folder = temporaryFolder(t);
    const { etcd, kubeApiserver } = await ensureBinaries();
    symlinkSync(etcd, join(folder, 'etcd'));
    symlinkSync(kubeApiserver, join(folder, 'kube-apiserver'));
    writeFileSync(join(folder, 'kubectl'), '#!/bin/sh\necho "error: it is broken" >&2\nexit 3\n');
    chmodSync(join(folder, 'kubectl'), 0o755);
    const demo = startDemo(t, { env: { KUBEBUILDER_ASSETS: folder } });
    assert.deepEqual(await demo.end, { code: 1, signal: null });
    assert.match(demo.stderr(), /^heliograph: kubectl apply -f .+ failed: error: it is broken\n$/);
    demo.assertNothingLeft();
  });

  test('without the programs of the control plane it says in one line what to do', async (t) => {
    const folder = temporaryFolder(t);
    const demo = startDemo(t, { env: { KUBEBUILDER_ASSETS: folder } });
    assert.deepEqual(await demo.end, { code: 1, signal: null });
    assert.match(demo.stderr(), /^heliograph: KUBEBUILDER_ASSETS is .* no executable etcd, .*unset it.*\n$/);
    demo.assertNothingLeft();
  });

  test('a parameter that it does not know is one line and exit code 2, and --help tells them all', async (t) => {
    for (const [parameters, message] of [
      [['--kepe'], "Unknown option '--kepe'"],
      [['--contract', 'acme'], "--contract must be ochy, omega, image-intelligence or smart11, not 'acme'"],
    ] as const) {
      const wrong = startDemo(t, { parameters });
      assert.deepEqual(await wrong.end, { code: 2, signal: null });
      assert.equal(wrong.stderr(), `heliograph: ${message} (--help tells more)\n`);
      assert.equal(wrong.stdout(), '');
    }
    const help = startDemo(t, { parameters: ['--help'] });
    assert.deepEqual(await help.end, { code: 0, signal: null });
    assert.match(help.stdout(), /--keep +leaves everything running/);
    for (const name of ['ochy', 'omega', 'image-intelligence', 'smart11'])
      assert.match(help.stdout(), new RegExp(`^ +${name} `, 'm'));
  });
});

/** Types a line that the demo shows, found by its start and by what else it has, into a shell set up as it says. */
function typer(t: TestContext, stdout: string): (start: string, has?: RegExp) => Promise<string> {
  const lines = stdout.slice(stdout.indexOf('Try it yourself')).split('\n');
  const find = (start: string, has: RegExp) =>
    lines.map((line) => line.trim()).find((line) => line.startsWith(start) && has.test(line)) ??
    assert.fail(`no line with ${start} ${has} in\n${stdout}`);
  const exports = lines.filter((line) => line.trim().startsWith('export '));
  assert.equal(exports.length, 2);
  const cache = temporaryFolder(t);
  return async (start, has = /./) => {
    const script = [...exports, find(start, has)].join('\n');
    const env = { PATH: process.env['PATH'], KUBERC: 'off', KUBECACHEDIR: join(cache, 'kubectl') };
    return (await promisify(execFile)('sh', ['-ec', script], { env, timeout: 60_000 })).stdout;
  };
}

/** Waits for the port: a demo of another file, which may have it now, ends before this one needs it. */
async function takePort(t: TestContext, port: number): Promise<void> {
  const server = createServer();
  t.after(() => server.close());
  await until(async () => {
    const listening = once(server, 'listening');
    server.listen(port, '127.0.0.1');
    return listening.then(
      () => true,
      () => false,
    );
  }, `port ${port} is free`);
}
