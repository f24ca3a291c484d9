// Situations in which an endpoint is not accepted, or is switched off.
import { adminClient, endpointType, manifest } from '../../support/cluster.ts';
import { objectPath } from '../../../src/kube/paths.ts';
import { applySecret } from '../../support/secrets.ts';
import { until } from '../../support/until.ts';
import type { Situations } from './situation.ts';
import { partner, run, success } from './stage.ts';

const signing = { secretRefs: [{ name: 'partner-webhook', key: 'secret' }] };

export const endpointSituations: Situations = {
  'A Secret does not exist': {
    operator: 'open',
    play: async ({ endpoint, analysis, report, endpointSays, ledgerIs, eventSays }) => {
      await endpoint(partner, { signing });
      await analysis(run);
      await report(run, success);
      await endpointSays('Ready', 'SecretNotFound', { pendingCount: 11 });
      await ledgerIs(({ lastSequence }) => lastSequence === 11);
      await eventSays('SecretNotFound');
    },
  },

  'A Secret has no such entry': {
    operator: 'open',
    play: async ({ namespace, endpoint, endpointSays, eventSays }) => {
      await applySecret(namespace, 'partner-webhook', { token: 'another-one' });
      await endpoint(partner, { signing });
      await endpointSays('Ready', 'SecretNotFound');
      await eventSays('SecretNotFound');
    },
  },

  'A signing key is malformed': {
    operator: 'open',
    play: async ({ namespace, endpoint, endpointSays, eventSays }) => {
      await applySecret(namespace, 'partner-webhook', { secret: 'not-a-key' });
      await endpoint(partner, { signing });
      await endpointSays('Ready', 'SecretInvalid');
      await eventSays('SecretInvalid');
    },
  },

  'An address is not allowed': {
    operator: 'strict',
    play: async ({ endpoint, endpointSays, eventSays }) => {
      await endpoint(partner, { url: 'https://10.20.0.7/webhooks' });
      await endpointSays('Ready', 'EgressDenied');
      await eventSays('EgressDenied');
    },
  },

  'A URL is http': {
    operator: 'strict',
    play: async ({ endpoint, endpointSays, eventSays }) => {
      await endpoint(partner, { url: 'http://partner.example.com/webhooks' });
      await endpointSays('Ready', 'EgressDenied');
      await eventSays('EgressDenied');
    },
  },

  'A spec cannot be read': {
    operator: 'open',
    play: async ({ namespace, endpointSays, eventSays }) => {
      const spec = { url: 'https://partner.example.com/webhooks', format: 'Protobuf' };
      const path = objectPath(endpointType, namespace, '').replace(/\/$/, '');
      // The API server takes it once it knows the loosened CRD.
      const isTaken = () =>
        adminClient()
          .create(path, manifest(endpointType, namespace, partner, { spec }))
          .then(
            () => true,
            () => false,
          );
      await until(isTaken, 'another format is taken');
      await endpointSays('Ready', 'InvalidSpec');
      await eventSays('InvalidSpec');
    },
  },

  'An endpoint is disabled': {
    operator: 'open',
    play: async ({ endpoint, analysis, report, answer, endpointSays, ledgerIs }) => {
      const second = Promise.withResolvers<void>();
      answer(({ sequence }) => {
        if (sequence === 2) second.resolve();
        return 200;
      });
      await endpoint(partner);
      await analysis(run);
      await report(run, { phase: 'Analyzing', percentage: 10 });
      await second.promise;
      await endpoint(partner, { enabled: false });
      await ledgerIs(({ lastSequence, lastStatusCode }) => lastSequence === 2 && lastStatusCode === 200);
      await report(run, success);
      await endpointSays('Delivering', 'Disabled', { deliveredCount: 2, pendingCount: 9 });
      await ledgerIs(({ lastSequence }) => lastSequence === 11);
    },
  },
};
