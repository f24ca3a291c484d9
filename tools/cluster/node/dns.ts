// Names of Services: CoreDNS, on the node's address.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { answers, type Program } from './program.ts';
import { clusterDomain, nodeKubeconfig, type NodeSettings } from './settings.ts';

export function coreDns({ folder, programs }: NodeSettings): Program {
  const file = join(folder, 'Corefile');
  writeFileSync(file, corefile(folder));
  return {
    name: 'coredns',
    command: programs.coreDns,
    arguments: ['-conf', file],
    isReady: () => answers('http://127.0.0.1:8181/ready'),
  };
}

function corefile(folder: string): string {
  return `.:53 {
  ready 127.0.0.1:8181
  errors
  kubernetes ${clusterDomain} {
    kubeconfig ${JSON.stringify(nodeKubeconfig(folder))}
    ttl 5
  }
}
`;
}
