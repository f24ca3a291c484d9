// Two replicas on a real node: the one that works is deleted, then its process is killed.
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { chart, helm } from '../support/helm.ts';
import { temporaryFolder } from '../support/launcher.ts';
import { until } from '../support/until.ts';
import { startCluster, stopCluster } from './cluster.ts';
import { whileInFlight } from './in-flight.ts';
import { nodeProcesses } from './machine.ts';
import { kubectlIn } from './receiver.ts';

const home = 'heliograph-system';

test('two replicas on a real node lose nothing', async (t) => {
  const cluster = await startCluster(temporaryFolder(t));
  t.after(() => stopCluster(cluster));
  for (const namespace of ['team-a', 'team-b'])
    await kubectlIn(namespace, ['create', 'namespace', namespace]);
  // The Services of these tests are in here.
  const values = ['replicas=2', 'egress.allowHTTP=true', 'egress.allowedCIDRs={10.0.0.0/24}'];
  const install = ['install', 'heliograph', chart, '--namespace', home, '--create-namespace', '--wait'];
  await helm([...install, ...values.flatMap((value) => ['--set', value])]);
  await until(async () => (await leader()) !== '', 'a replica works');

  await t.test('when the pod that works is deleted', async (t) => {
    const first = await leader();
    let tookMs = 0;
    const repeats = await whileInFlight('team-a', async () => {
      const since = performance.now();
      const deletion = kubectlIn(home, ['delete', 'pod', first, '--wait']);
      await until(async () => !['', first].includes(await leader()), 'the other one has taken over');
      tookMs = performance.now() - since;
      await deletion;
    });
    t.diagnostic(`another has taken over after ${Math.round(tookMs)} ms; ${repeats} requests came again`);
  });
  await t.test('when the process that works is killed', async (t) => {
    const pod = await leader();
    let tookMs = 0;
    const repeats = await whileInFlight('team-b', async () => {
      const restarts = await restartsOf(pod);
      const since = performance.now();
      process.kill(processOf(pod), 'SIGKILL');
      await until(async () => (await restartsOf(pod)) > restarts, 'its container is started again', 60_000);
      tookMs = performance.now() - since;
    });
    t.diagnostic(`its container runs again after ${Math.round(tookMs)} ms; ${repeats} requests came again`);
  });
});

/** The pod that holds the Lease of the only shard; '' where none does. */
async function leader(): Promise<string> {
  const lease = ['get', 'lease', 'heliograph-shard-0', '--ignore-not-found'];
  return await kubectlIn(home, [...lease, '--output=jsonpath={.spec.holderIdentity}']);
}

async function restartsOf(pod: string): Promise<number> {
  const path = '--output=jsonpath={.status.containerStatuses[0].restartCount}';
  return Number(await kubectlIn(home, ['get', 'pod', pod, path]));
}

/** The operator's process in the pod, as this machine sees it. */
function processOf(pod: string): number {
  const found = nodeProcesses().find(({ pid }) => {
    const read = (file: string) => readFileSync(`/proc/${pid}/${file}`, 'utf8').split('\0');
    return read('cmdline').includes('/app/heliograph.mjs') && read('environ').includes(`POD_NAME=${pod}`);
  });
  if (found === undefined) throw new Error(`${pod} has no process`);
  return found.pid;
}
