// The JobResult contract, statement by statement. It takes minutes: the backoff between six attempts is part of it.
import { contract } from './contract.ts';
import { failures } from './image-intelligence/failures.ts';
import type { JobBody } from './image-intelligence/job.ts';
import { results } from './image-intelligence/results.ts';

contract<JobBody>('the contract of Image Intelligence', { ...results, ...failures });
