// The two analyses of examples/envelope/.
import type { Contract } from '../contract.ts';

export const omega: Contract = {
  name: 'omega',
  about:
    'Envelope, the contract of Omega Stream: how it ended, by names of its own, and every answer on record.',
  folder: 'examples/envelope/',
  endpoint: 'omega',
  runs: [
    {
      analysis: 'good-video',
      id: 'good-video',
      about: 'A success: the endpoint has asked for the end alone, so that nothing is sent before.',
      reports: [
        { phase: 'Analyzing', percentage: 60, brings: [] },
        {
          phase: 'Success',
          percentage: 100,
          brings: ['video.process_succeeded success 100 % for omega-cop-OyJrgi5-fx'],
        },
      ],
    },
    {
      analysis: 'broken-video',
      id: 'broken-video',
      about: 'A failure, with the last known percentage.',
      reports: [
        { phase: 'Analyzing', percentage: 42, brings: [] },
        {
          phase: 'Failed',
          percentage: 42,
          brings: ['video.process_failed failed 42 % for omega-cop-OyJrgi5-fx'],
        },
      ],
    },
  ],
  look: {
    about: 'The newest event of the endpoint, with the response it got:',
    parameters: ['get', 'webhookendpoint', 'omega', '-o', 'jsonpath-as-json={.status.recentDeliveries[0]}'],
  },
  ownSpec: () => ({ analysisId: 'my-run' }),
};
