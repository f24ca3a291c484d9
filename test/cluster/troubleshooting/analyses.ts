// Situations of an analysis: all is well, or somebody is not told of it.
import { objectPath } from '../../../src/kube/paths.ts';
import { adminClient, analysisType, applyAnalysis } from '../../support/cluster.ts';
import { until } from '../../support/until.ts';
import type { Situations } from './situation.ts';
import { partner, run, success } from './stage.ts';

const underWay = { phase: 'Analyzing', percentage: 40 };

export const analysisSituations: Situations = {
  'All is well': {
    operator: 'open',
    play: async ({ endpoint, analysis, report, endpointSays, analysisSays }) => {
      await endpoint(partner);
      await analysis(run);
      await report(run, success);
      await endpointSays('Delivering', 'Idle', { deliveredCount: 11, pendingCount: 0 });
      await analysisSays('Delivered');
    },
  },

  'Nothing happens at all': {
    operator: 'none',
    play: async ({ endpoint, analysis, report }) => {
      await endpoint(partner);
      await analysis(run);
      await report(run, underWay);
    },
  },

  'An analysis did not opt in': {
    operator: 'open',
    play: async ({ namespace, endpoint, report, analysisSays }) => {
      await endpoint(partner);
      await applyAnalysis(namespace, run);
      await report(run, underWay);
      await analysisSays('OptedOut');
    },
  },

  'No endpoint wanted an analysis': {
    operator: 'open',
    play: async ({ endpoint, analysis, report, analysisSays, eventSays }) => {
      await endpoint(partner, { enabled: false });
      await endpoint('vision', { analysisSelector: { matchLabels: { team: 'vision' } } });
      await analysis(run, {}, { team: 'audio' });
      await report(run, underWay);
      await analysisSays('NotSubscribed');
      await eventSays('NotSubscribed');
    },
  },

  'An event was given up': {
    operator: 'open',
    play: async ({ endpoint, analysis, report, answer, endpointSays, analysisSays, eventSays }) => {
      let asked = 0;
      answer(() => ((asked += 1) <= 2 ? 500 : 200));
      const delivery = { maxAttempts: 2, initialBackoffSeconds: 1, maxBackoffSeconds: 1 };
      await endpoint(partner, { events: ['analysis.completed'], delivery });
      await analysis(run);
      await report(run, success);
      await endpointSays('Delivering', 'Idle', { failedCount: 1 });
      await analysisSays('DeliveryFailed');
      await eventSays('DeliveryGivenUp');
    },
  },

  'A redelivery is not understood': {
    operator: 'open',
    play: async ({ endpoint, analysis, report, analysisSays, eventSays }) => {
      await endpoint(partner);
      await analysis(run);
      await report(run, success);
      await analysisSays('Delivered');
      await analysis(run, {}, { 'heliograph.dev/redeliver': 'everything' });
      await eventSays('RedeliverInvalid');
    },
  },

  'The URL of an analysis is refused': {
    operator: 'strict',
    play: async ({ namespace, report, ledgerIs, eventSays }) => {
      await applyAnalysis(namespace, run, { webhookUrl: 'http://partner.example.com/results' });
      await report(run, success);
      await ledgerIs(({ endpoints }) => endpoints[0]?.lastResponse !== undefined);
      await eventSays('EgressDenied');
    },
  },

  'An analysis cannot be read': {
    operator: 'open',
    play: async ({ namespace, endpoint, analysis, analysisSays, eventSays }) => {
      await endpoint(partner);
      await analysis(run);
      const path = objectPath(analysisType, namespace, run, 'status');
      // The API server takes it once it knows the loosened CRD.
      const isTaken = () =>
        adminClient()
          .patchMerge(path, { status: { phase: 'Paused' } })
          .then(
            () => true,
            () => false,
          );
      await until(isTaken, 'another phase is taken');
      await analysisSays('Unreadable');
      await eventSays('Unreadable');
    },
  },

  'A change is refused': {
    operator: 'open',
    play: async ({ namespace, endpoint, report, analysisSays }) => {
      await endpoint(partner);
      await applyAnalysis(namespace, run);
      await report(run, success);
      await analysisSays('OptedOut');
    },
  },
};
