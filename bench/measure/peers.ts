// P11: what the operator costs beside others who deliver the same events, and how well they do.
import { judge } from '../agreement.ts';
import { bars } from '../bars.ts';
import type { Pass } from '../peers/pass.ts';
import { type ArgoMode, argoNames, heliograph, type Peer, preparePeers } from '../peers/peer.ts';
import { type NamedLoad, runPeer } from '../peers/run.ts';
import { residentMbOf } from '../usage.ts';
import type { Report } from '../report.ts';
import type { Stage } from '../stage.ts';
import { mean } from '../statistics.ts';
import { loadAt } from './latency.ts';
import { saturation } from './throughput.ts';
import { warmingUp } from './warm-up.ts';

const loads: readonly NamedLoad[] = [
  { title: '50/s', load: loadAt(50, 100) },
  { title: '150/s', load: loadAt(150, 100) },
  { title: 'full speed', load: saturation },
];

/** No further peer is begun so long after the first one: on a machine with other work to do it takes too long. */
const patienceMs = 200_000;

/** Starts with the operator stopped and leaves it stopped. The operator comes first and last: both have to agree. */
export async function measurePeers(stage: Stage, report: Report): Promise<void> {
  const peers = await preparePeers(stage, (line) => report.note(line));
  const startedMs = performance.now();
  await measurePeer(stage, report, heliograph);
  for (const peer of peers) {
    if (performance.now() - startedMs < patienceMs) await measurePeer(stage, report, peer);
    else report.note(`${peer.name}: left out, because those before it took too long`);
  }
  await measurePeer(stage, report, heliograph);
  for (const index of loads.keys()) rowOf(report, index);
}

/** Whoever is not the operator may fail: that is a finding. */
async function measurePeer(stage: Stage, report: Report, peer: Peer): Promise<void> {
  try {
    report.passes.push(await pass(stage, report, peer, report.passes.length + 1));
  } catch (error) {
    if (peer.isOurs || stage.signal.aborted) throw error;
    report.note(`${peer.name}: gave up: ${String(error)}`);
  }
}

async function pass(stage: Stage, report: Report, peer: Peer, count: number): Promise<Pass> {
  stage.say(`Peers: starting ${peer.name}, and warming it up`);
  const program = await peer.start(stage);
  try {
    const measure = async (of: NamedLoad, index: number) => {
      const run = `pass-${count}-load-${index}`;
      return await runPeer(stage, report, { peer, pid: pidOf(), run, of });
    };
    await measure({ title: 'warm-up', load: warmingUp }, 0);
    const runs = [];
    for (const [index, load] of loads.entries()) {
      stage.say(`Peers: ${load.title}, with ${peer.name}`);
      runs.push(await measure(load, index + 1));
    }
    return { name: peer.name, runs, residentMb: residentMbOf(pidOf()) };
  } finally {
    await program.stop();
    for (const line of program.complaints()) report.note(`${peer.name} said: ${line}`);
  }

  function pidOf(): number {
    const pid = program.pid();
    if (pid === undefined) throw new Error('its process has ended');
    return pid;
  }
}

/** The row about one of the loads: beside the engine in each of the ways that it can be told of rungs. */
function rowOf(report: Report, index: number): void {
  const costOf = ({ runs }: Pass) => runs[index]?.cpuMsPerEvent ?? NaN;
  const named = (name: string) => report.passes.filter((one) => one.name === name);
  const ours = named(heliograph.name);
  const modes = Object.keys(argoNames) as ArgoMode[];
  const theirs = modes.flatMap((mode) => named(argoNames[mode]));
  const [before = NaN, after = NaN] = ours.map(costOf);
  if (theirs.length === 0) return;
  const { isVoid, remark } = judge(
    before,
    after,
    [...ours, ...theirs].flatMap(({ runs }) => runs[index]?.othersShare ?? []),
  );
  const title = loads[index]?.title;
  report.row({
    id: 'P11',
    metric: `CPU time per event ÷ the Argo engine's (${theirs.map(({ name }) => name.replace('Argo, ', '')).join(' / ')}), ${title}`,
    figures: theirs.map((one) => mean([before, after]) / costOf(one)),
    unit: '×',
    bar: bars.cpuBesideArgo,
    isVoid,
  });
  report.note(`P11: ${title}: CPU time per event: ${remark}`);
}
