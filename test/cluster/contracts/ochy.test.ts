// The Milestone contract, statement by statement: what test/cluster/milestone.test.ts does not show already.
import { contract } from './contract.ts';
import { configuration } from './ochy/configuration.ts';
import { events } from './ochy/events.ts';

contract('the contract of Ochy', { ...configuration, ...events });
