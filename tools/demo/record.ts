// Shows what the API server has on record when all is delivered.
import type { Kubectl } from './kubectl.ts';
import { eventCount } from './runs.ts';
import type { Screen } from './screen.ts';

/** Waits first: the operator's records follow the deliveries. */
export async function showRecord(kubectl: Kubectl, screen: Screen): Promise<void> {
  const settled = '--for=jsonpath={.status.delivery.state}=Settled';
  await kubectl.run(['wait', settled, 'analyses', '--all', '--timeout=30s'], { quiet: true });
  const counted = `--for=jsonpath={.status.deliveredCount}=${eventCount}`;
  await kubectl.run(['wait', counted, 'webhookendpoint/ochy', '--timeout=30s'], { quiet: true });
  await kubectl.run(['get', 'webhookendpoints,analyses']);
  screen.part('The ledger of one of them, status.delivery:');
  await kubectl.run(['get', 'analysis', 'failing-run', '-o', 'yaml'], { pick: ledgerIn });
}

/** The lines of status.delivery in the YAML of an Analysis. */
function ledgerIn(yaml: string): string {
  const lines = yaml.split('\n');
  const start = lines.indexOf('  delivery:');
  const length = lines.slice(start + 1).findIndex((line) => !line.startsWith('    '));
  if (start === -1) throw new Error(`failing-run has no status.delivery:\n${yaml}`);
  return lines.slice(start, length === -1 ? undefined : start + 1 + length).join('\n');
}
