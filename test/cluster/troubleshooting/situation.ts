// A situation that docs/troubleshooting.md has a section about.
import type { Stage } from './stage.ts';

export interface Situation {
  /**
   * Who watches the namespace: an operator that may deliver to this machine and over http as well, one that delivers
   * to public https addresses only, as without any flag, or nobody.
   */
  operator: 'open' | 'strict' | 'none';
  /** Brings it about. Resolves when kubectl shows it, for as long as the commands of the section may take. */
  play: (stage: Stage) => Promise<void>;
}

/** By the titles of their sections. */
export type Situations = Readonly<Record<string, Situation>>;
