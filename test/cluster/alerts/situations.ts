// Situations that the chart's alerts are about, each brought about for real. By the name of the alert.
import { setTimeout as sleep } from 'node:timers/promises';
import type { ProxiedRequest } from '../../support/api-proxy.ts';
import { everyStep } from '../../support/scene.ts';
import { applySecret, newSigningSecret } from '../../support/secrets.ts';
import { until } from '../../support/until.ts';
import { narrowStatusWrites, occupyStatusWrites, refuseLedgers } from './api-server.ts';
import type { Situation, Stage } from './stage.ts';

const started = { phase: 'Analyzing', percentage: 0 };

export const situations: Readonly<Record<string, Situation>> = {
  HeliographDown: {
    play: async ({ operators: [operator] }) => {
      await operator.kill('SIGKILL');
    },
  },

  HeliographShardWithoutOwner: {
    shards: 2,
    play: async ({ operators: [operator], proxy }) => {
      await until(async () => (await operator.metric('heliograph_shards_held')) === 2, 'it has both shards');
      proxy.decide = (request) => (isLeaseWrite(request) ? 'refuse' : 'pass');
    },
  },

  HeliographDeliveriesLate: {
    play: async ({ namespace, proxy, endpoint, analysis, report }) => {
      await applySecret(namespace, 'signing', { key: newSigningSecret() });
      proxy.decide = ({ path }) => (path.includes('/secrets/') ? 'refuse' : 'pass');
      await endpoint('partner', { signing: { secretRefs: [{ name: 'signing', key: 'key' }] } });
      await analysis('run');
      await report('run', started);
    },
  },

  HeliographLedgerWritesFailing: {
    play: async ({ proxy, endpoint, analysis, report, operators: [operator] }) => {
      await endpoint('partner');
      await analysis('run');
      await report('run', started);
      await until(async () => (await committed(operator)) >= 2, 'the first delivery is on record');
      proxy.decide = ({ method, path }) =>
        method === 'PATCH' && /\/analyses\/.*\/status/.test(path) ? 'refuse' : 'pass';
      await report('run', { percentage: 40 });
    },
  },

  HeliographLedgerRefused: {
    play: async (stage) => {
      const { t, namespace, endpoint, signal, operators } = stage;
      await refuseLedgers(t, namespace);
      await endpoint('partner');
      const isRefused = async () =>
        (await operators[0].metric('heliograph_ledger_writes_total', { result: 'refused' })) > 0;
      // The API server takes a moment to take the rule up.
      while (!signal.aborted && !(await isRefused())) await runOne(stage);
    },
  },

  HeliographFencedWrites: {
    replicas: 2,
    play: async (stage) => {
      await stage.endpoint('partner');
      await keepRunning(stage);
    },
  },

  HeliographLeasesLost: {
    shards: 1,
    play: async ({ operators: [operator], proxy, signal }) => {
      const isHeld = async () => (await operator.metric('heliograph_shards_held')) === 1;
      while (!signal.aborted) {
        await until(isHeld, 'it has the shard');
        proxy.decide = (request) => (isLeaseWrite(request) ? 'refuse' : 'pass');
        await until(async () => !(await isHeld()), 'it has lost the shard');
        proxy.decide = () => 'pass';
      }
    },
  },

  HeliographEndpointsFailing: {
    answer: 503,
    play: async ({ endpoint, analysis, report }) => {
      await endpoint('partner');
      for (let index = 0; index < 10; index += 1) {
        await analysis(`run-${index}`);
        await report(`run-${index}`, started);
      }
    },
  },

  HeliographDeliveriesGivenUp: {
    answer: 400,
    play: async ({ endpoint, analysis, report }) => {
      await endpoint('partner', { delivery: { maxAttempts: 1 } });
      await analysis('run');
      await report('run', started);
    },
  },

  HeliographWatchBroken: {
    play: async (stage) => {
      const { endpoint, proxy, signal } = stage;
      await endpoint('partner');
      const working = keepRunning(stage);
      while (!signal.aborted) {
        await sleep(500);
        proxy.cutWatches('analyses');
      }
      await working;
    },
  },

  HeliographApiThrottled: {
    play: async ({ t, namespace, endpoint, operators: [operator], signal }) => {
      await narrowStatusWrites(t, namespace);
      const isThrottled = async () => (await operator.metric('heliograph_api_requests_throttled_total')) > 0;
      for (let index = 0; !signal.aborted; index += 1) {
        // The API server takes a moment to take the priority level up.
        if (!(await isThrottled())) await occupyStatusWrites(namespace, signal);
        await endpoint(`partner-${index}`);
        await sleep(500);
      }
    },
  },

  HeliographEventLoopBlocked: {
    play: async ({ operators: [operator], signal }) => {
      while (!signal.aborted) {
        await operator.kill('SIGSTOP');
        await sleep(600);
        await operator.kill('SIGCONT');
        await sleep(100);
      }
    },
  },
};

/** Two replicas that share the work, and have some. */
export const allIsWell: Situation = {
  replicas: 2,
  shards: 2,
  play: async (stage) => {
    await stage.endpoint('partner');
    await keepRunning(stage);
  },
};

async function keepRunning(stage: Stage): Promise<void> {
  while (!stage.signal.aborted) await runOne(stage);
}

let runs = 0;

/** An analysis from its start to its end, as far as the API server takes it. */
async function runOne({ analysis, report }: Pick<Stage, 'analysis' | 'report'>): Promise<void> {
  const name = `run-${(runs += 1)}`;
  await analysis(name);
  for (const step of everyStep) {
    await report(name, step);
    await sleep(50);
  }
}

async function committed(operator: Stage['operators'][0]): Promise<number> {
  return await operator.metric('heliograph_ledger_writes_total', { result: 'committed' });
}

function isLeaseWrite({ method, path }: ProxiedRequest): boolean {
  return method !== 'GET' && path.includes('/leases');
}
