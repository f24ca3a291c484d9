// All mutants.
import { deliveries } from './catalogue/deliveries.ts';
import { receivers } from './catalogue/receivers.ts';
import { records } from './catalogue/records.ts';
import { watches } from './catalogue/watches.ts';
import type { Mutant } from './mutant.ts';

export const mutants: readonly Mutant[] = [...deliveries, ...receivers, ...records, ...watches];
