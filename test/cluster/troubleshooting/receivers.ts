// Situations in which a receiver does not take what it is sent.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createCertificate } from '../../support/certificates.ts';
import { answer as answerText, startReceiver } from '../../support/receiver.ts';
import type { Situations } from './situation.ts';
import { partner, run, type Stage, success } from './stage.ts';

/** One event, so that one answer decides. */
const events = ['analysis.completed'];

/** When the section is over. */
const later = { initialBackoffSeconds: 3600 };

async function complete({ analysis, report }: Stage, name = run): Promise<void> {
  await analysis(name);
  await report(name, success);
}

export const receiverSituations: Situations = {
  'A receiver cannot be reached': {
    operator: 'open',
    play: async (stage) => {
      // Nobody listens there.
      await stage.endpoint(partner, { url: 'http://127.0.0.1:1/webhooks', events, delivery: later });
      await complete(stage);
      await stage.endpointSays('Delivering', 'Retrying', { pendingCount: 1 });
      await stage.ledgerIs(({ lastSequence }) => lastSequence === 11);
    },
  },

  'A certificate is not trusted': {
    operator: 'open',
    play: async (stage) => {
      const certificate = createCertificate({ names: ['localhost'] });
      writeFileSync(join(stage.folder, 'partner-ca.pem'), certificate.cert);
      const { port } = await startReceiver(stage.t, (socket) => void socket.write(answerText('200 OK')), {
        certificate,
      });
      const delivery = { initialBackoffSeconds: 1, maxBackoffSeconds: 4, maxAttempts: 30 };
      await stage.endpoint(partner, { url: `https://localhost:${port}/webhooks`, events, delivery });
      await complete(stage);
      await stage.endpointSays('Delivering', 'Retrying', { pendingCount: 1 });
    },
  },

  'A receiver answers with an error': {
    operator: 'open',
    play: async (stage) => {
      stage.answer(() => (response) => void response.writeHead(503).end('down for maintenance'));
      await stage.endpoint(partner, { events, delivery: later });
      await complete(stage);
      await stage.endpointSays('Delivering', 'Retrying', { pendingCount: 1 });
      await stage.ledgerIs(({ lastStatusCode }) => lastStatusCode === 503);
    },
  },

  'A receiver fails again and again': {
    operator: 'open',
    play: async (stage) => {
      const runs = Array.from({ length: 10 }, (_, index) => `run-${4711 + index}`);
      const all = Promise.withResolvers<number>();
      let asked = 0;
      stage.answer(() => {
        asked += 1;
        if (asked === runs.length) all.resolve(503);
        return all.promise;
      });
      await stage.endpoint(partner, { events, delivery: later });
      await Promise.all(runs.map((name) => complete(stage, name)));
      await stage.endpointSays('Delivering', 'CircuitOpen', { pendingCount: runs.length });
      await stage.eventSays('CircuitOpen');
    },
  },

  'A receiver is gone': {
    operator: 'open',
    play: async (stage) => {
      stage.answer(({ attempt }) => (attempt === 1 ? 410 : 200));
      await stage.endpoint(partner, { events });
      await complete(stage);
      await stage.endpointSays('Delivering', 'Gone', { pendingCount: 1 });
      await stage.ledgerIs(({ lastStatusCode }) => lastStatusCode === 410);
      await stage.eventSays('Gone');
    },
  },

  'Asking whether a receiver is there': {
    operator: 'open',
    play: async (stage) => {
      let asked = 0;
      stage.answer(() => ((asked += 1) === 1 ? 404 : 200));
      await stage.endpoint(partner);
      await stage.endpointSays('Ready', 'Accepted');
    },
  },
};
