// The job of examples/job-result/.
import type { Contract } from '../contract.ts';

const id = '5d689c71-e68f-46c3-ac71-4053806e71de';
const folder = 'examples/job-result/';

export const imageIntelligence: Contract = {
  name: 'image-intelligence',
  about:
    'JobResult, the contract of Image Intelligence: the whole result, once, to the URL that the job brings.',
  folder,
  receiverParameters: ['--fail-first', '--print'],
  runs: [
    {
      analysis: 'detect-job',
      id,
      about:
        'Nothing is sent before the job is complete. The first answer is 500, so the same document comes again:',
      reports: [
        { phase: 'Analyzing', percentage: 50, brings: [] },
        {
          phase: 'Success',
          percentage: 100,
          patchFile: `${folder}worker/finished.yaml`,
          brings: [
            'answered 500, so that it comes again',
            'COMPLETED_SUCCESSFULLY 2 job results, 2 image results',
          ],
        },
      ],
    },
  ],
  look: {
    about: 'What is on record of it:',
    parameters: ['get', 'analysis', 'detect-job', '-o', 'jsonpath-as-json={.status.delivery.endpoints[0]}'],
  },
  ownSpec: (url) => ({ analysisId: 'my-run', webhookUrl: url }),
};
