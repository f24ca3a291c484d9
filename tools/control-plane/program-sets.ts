// What is built from Go modules, and from which.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repository, toolFolder } from './paths.ts';

export interface ProgramSet {
  /** Starts the name of its folder in the cache. */
  name: string;
  /** What is being built, for who waits. */
  title: string;
  /** The folder of the Go module whose go.mod pins the versions. */
  module: string;
  /** The one among its requirements that the programs are the release of; Kubernetes where absent. */
  releaseOf?: string;
  /** Names of programs and the packages that they are built from, the longest to build first. */
  programs: Readonly<Record<string, string>>;
  /** Build tags, with commas between them. */
  tags?: string;
  /** What a cold build takes on 2 cores. */
  minutes: number;
  /** An archive of just these programs is published for each release of Kubernetes. */
  isPublished: boolean;
}

const oldest = join(toolFolder, 'oldest');

/** The releases of Kubernetes that the tests run on, the newest first. */
export const controlPlanes: readonly [ProgramSet, ...ProgramSet[]] = [
  controlPlane(toolFolder),
  controlPlane(oldest),
];

function controlPlane(module: string): ProgramSet {
  return {
    name: 'control-plane',
    title: 'the control plane of Kubernetes',
    module,
    programs: {
      'kube-apiserver': 'k8s.io/kubernetes/cmd/kube-apiserver',
      kubectl: 'k8s.io/kubernetes/cmd/kubectl',
      etcd: 'go.etcd.io/etcd/server/v3',
    },
    minutes: 8,
    isPublished: true,
  };
}

export const helm: ProgramSet = {
  name: 'helm',
  title: 'helm',
  module: toolFolder,
  releaseOf: 'helm.sh/helm/v4',
  programs: { helm: 'helm.sh/helm/v4/cmd/helm' },
  minutes: 2,
  isPublished: false,
};

/** Restores a backup of etcd. */
export const etcdutl: ProgramSet = {
  name: 'etcdutl',
  title: 'etcdutl',
  module: toolFolder,
  releaseOf: 'go.etcd.io/etcd/etcdutl/v3',
  programs: { etcdutl: 'go.etcd.io/etcd/etcdutl/v3' },
  minutes: 1,
  isPublished: false,
};

/** What a node needs beside the control plane. */
export const nodeControllers: ProgramSet = {
  name: 'node-controllers',
  title: 'the controllers of Kubernetes',
  module: toolFolder,
  programs: {
    'kube-controller-manager': 'k8s.io/kubernetes/cmd/kube-controller-manager',
    'kube-scheduler': 'k8s.io/kubernetes/cmd/kube-scheduler',
    'kube-proxy': 'k8s.io/kubernetes/cmd/kube-proxy',
  },
  minutes: 5,
  isPublished: false,
};

/** The oldest release: a newer kubelet asks for cgroup v2. */
export const kubelet: ProgramSet = {
  name: 'kubelet',
  title: 'the kubelet of Kubernetes',
  module: oldest,
  programs: { kubelet: 'k8s.io/kubernetes/cmd/kubelet' },
  minutes: 5,
  isPublished: false,
};

/** Answers for the names of Services on a node. */
export const coreDns: ProgramSet = {
  name: 'coredns',
  title: 'CoreDNS',
  module: join(repository, 'tools/cluster/coredns'),
  releaseOf: 'github.com/coredns/coredns',
  programs: { coredns: 'heliograph.dev/cluster/coredns' },
  minutes: 2,
  isPublished: false,
};

/** What the chart's alerts and its dashboard are tried on. */
export const prometheus: ProgramSet = {
  name: 'prometheus',
  title: 'Prometheus',
  module: join(repository, 'tools/prometheus'),
  releaseOf: 'github.com/prometheus/prometheus',
  programs: {
    prometheus: 'github.com/prometheus/prometheus/cmd/prometheus',
    promtool: 'github.com/prometheus/prometheus/cmd/promtool',
  },
  // It is told what to scrape: half of it is clients of clouds.
  tags: 'remove_all_sd',
  minutes: 3,
  isPublished: false,
};

/** What the benchmark runs beside the operator. */
export const argoEngine: ProgramSet = {
  name: 'argo-engine',
  title: 'the Argo notifications engine',
  module: join(repository, 'bench/peers/argo'),
  releaseOf: 'github.com/argoproj/notifications-engine',
  programs: { argo: 'heliograph.dev/bench/argo' },
  minutes: 3,
  isPublished: false,
};

/** The release of the programs, with its v: of Kubernetes, or of what the set names. */
export function releaseOf({ module, releaseOf = 'k8s.io/kubernetes' }: ProgramSet): string {
  const requirement = new RegExp(`^\\s*(?:require )?${RegExp.escape(releaseOf)} (v\\S+)`, 'm');
  const version = requirement.exec(readFileSync(join(module, 'go.mod'), 'utf8'))?.[1];
  if (version === undefined) throw new Error(`${join(module, 'go.mod')} does not pin ${releaseOf}`);
  return version;
}

/** Names the set's folder in the cache; changes with whatever can change the result. */
export function cacheKey(set: ProgramSet): string {
  const hash = createHash('sha256');
  const sources = readdirSync(set.module).filter((file) => file.endsWith('.go'));
  for (const file of ['go.mod', 'go.sum', ...sources]) hash.update(readFileSync(join(set.module, file)));
  return [set.name, releaseOf(set), process.platform, process.arch, hash.digest('hex').slice(0, 12)].join(
    '-',
  );
}
