// What the demo knows of a contract: its example, what a worker reports, and what the receiver should get for it.

export interface Report {
  phase: 'Analyzing' | 'Aggregating' | 'Success' | 'Failed';
  percentage: number;
  /** A file with all that is reported, which has more than phase and percentage. */
  patchFile?: string;
  /** What the receiver prints of the deliveries that this report brings about, single-spaced and without the id. */
  brings: readonly string[];
}

interface Run {
  /** The name of the Analysis. */
  analysis: string;
  /** What the receiver calls it. */
  id: string;
  about: string;
  reports: readonly Report[];
}

/** What to show of the record at the end. */
interface Look {
  about: string;
  /** For kubectl. */
  parameters: readonly string[];
  /** Picks what to show of what it prints. */
  pick?: (output: string) => string;
}

export interface Contract {
  /** For --contract. */
  name: string;
  about: string;
  /** Of the manifests and the receiver. */
  folder: string;
  /** The name of the WebhookEndpoint, where there is one; it has a signing secret in secret.yaml. */
  endpoint?: string;
  /** Beyond the port. */
  receiverParameters?: readonly string[];
  /** After the manifests are applied. */
  note?: string;
  runs: readonly Run[];
  look: Look;
  /** The spec of an Analysis to try things with; the URL is the receiver's. */
  ownSpec: (url: string) => object;
}

/** How many events the receiver gets in all. */
export function eventCount({ runs }: Contract): number {
  return runs.flatMap(({ reports }) => reports.flatMap(({ brings }) => brings)).length;
}
