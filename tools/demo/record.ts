// Shows what the API server has on record when all is delivered.
import { type Contract, eventCount } from './contract.ts';
import type { Kubectl } from './kubectl.ts';
import type { Screen } from './screen.ts';

/** Waits first: the operator's records follow the deliveries. */
export async function showRecord(kubectl: Kubectl, contract: Contract, screen: Screen): Promise<void> {
  const { endpoint, look } = contract;
  const settled = '--for=jsonpath={.status.delivery.state}=Settled';
  await kubectl.run(['wait', settled, 'analyses', '--all', '--timeout=30s'], { quiet: true });
  if (endpoint !== undefined) {
    const counted = `--for=jsonpath={.status.deliveredCount}=${eventCount(contract)}`;
    await kubectl.run(['wait', counted, `webhookendpoint/${endpoint}`, '--timeout=30s'], { quiet: true });
  }
  await kubectl.run(['get', endpoint === undefined ? 'analyses' : 'webhookendpoints,analyses']);
  screen.part(look.about);
  await kubectl.run(look.parameters, look.pick === undefined ? {} : { pick: look.pick });
}
