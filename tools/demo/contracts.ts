// The contracts that the demo can show, by their names on the command line.
import type { Contract } from './contract.ts';
import { imageIntelligence } from './contracts/image-intelligence.ts';
import { ochy } from './contracts/ochy.ts';
import { omega } from './contracts/omega.ts';
import { smart11 } from './contracts/smart11.ts';

/** The first is the one that is shown where none is named. */
const all: readonly [Contract, ...Contract[]] = [ochy, omega, imageIntelligence, smart11];

export const contracts: ReadonlyMap<string, Contract> = new Map(
  all.map((contract) => [contract.name, contract]),
);

export const [usualContract] = all;
