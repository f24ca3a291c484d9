// The CompletionRate contract, statement by statement.
import { delivery } from './ai-on-the-ball/delivery.ts';
import { notifications, type RateBody } from './ai-on-the-ball/notifications.ts';
import { contract } from './contract.ts';

contract<RateBody>(
  'the contract of AI-on-the-ball',
  { ...notifications, ...delivery },
  {
    spec: {
      format: 'CompletionRate',
      analyses: 'All',
      userAgent: 'AI-on-the-ball',
      delivery: { timeoutSeconds: 5 },
    },
  },
);
