// The two analyses of examples/completion-rate/.
import type { Contract } from '../contract.ts';

function rates(status: 'running' | 'aggregating', ...percentages: readonly number[]): string[] {
  return percentages.map((percentage) => `analysis_completion_rate ${status} ${percentage} %`);
}

export const smart11: Contract = {
  name: 'smart11',
  about: 'CompletionRate, the contract of AI-on-the-ball: how much is done, and that it is done.',
  folder: 'examples/completion-rate/',
  endpoint: 'smart11',
  runs: [
    {
      analysis: 'first-half',
      id: '01234567-89ab-cdef-0123-456789abcdef',
      about: 'One that is aggregated in the end:',
      reports: [
        { phase: 'Analyzing', percentage: 45, brings: rates('running', 0, 10, 20, 30, 40) },
        { phase: 'Aggregating', percentage: 90, brings: rates('aggregating', 50, 60, 70, 80, 90) },
        { phase: 'Success', percentage: 100, brings: ['analysis_done done 100 %'] },
      ],
    },
    {
      analysis: 'second-half',
      id: '01234567-89ab-cdef-0123-456789abcdf0',
      about: 'One that ends with an error:',
      reports: [
        { phase: 'Analyzing', percentage: 25, brings: rates('running', 0, 10, 20) },
        { phase: 'Failed', percentage: 25, brings: ['analysis_done error 25 %'] },
      ],
    },
  ],
  look: {
    about: 'The newest deliveries of the endpoint, newest first:',
    parameters: [
      'get',
      'webhookendpoint',
      'smart11',
      '-o',
      'jsonpath={range .status.recentDeliveries[*]}{.time}{"  "}{.type}{"  "}{.analysis}{"  "}{.response.status}{"\\n"}{end}',
    ],
  },
  ownSpec: () => ({}),
};
