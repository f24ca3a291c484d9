// The command lines of what makes a node of a control plane: the controllers, and the kubelet with its configuration.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { apiServerArguments, etcdArguments } from '../../control-plane/flags.ts';
import { runtimeEndpoint } from './containers.ts';
import { answers, listens, type Program } from './program.ts';
import {
  apiServerPort,
  authority,
  clusterDomain,
  etcdPort,
  nodeAddress,
  nodeKubeconfig,
  nodeName,
  type NodeSettings,
} from './settings.ts';

export function etcd({ folder, programs }: NodeSettings): Program {
  return {
    name: 'etcd',
    command: programs.etcd,
    arguments: etcdArguments({ dir: folder, port: etcdPort }),
    isReady: () => answers(`http://127.0.0.1:${etcdPort}/health`),
  };
}

export function apiServer(
  { folder, programs, credentials }: NodeSettings,
  isReady: () => Promise<boolean>,
): Program {
  return {
    name: 'kube-apiserver',
    command: programs.kubeApiserver,
    arguments: [
      ...apiServerArguments({
        dir: folder,
        credentials,
        port: apiServerPort,
        etcdPort,
        auditLog: undefined,
        podsReachItAt: nodeAddress,
      }),
      // The node's name is one of its loopback addresses, and the kubelet listens on no other.
      '--kubelet-preferred-address-types=Hostname',
    ],
    isReady,
  };
}

export function controllerManager({ folder, programs, credentials }: NodeSettings): Program {
  return {
    name: 'kube-controller-manager',
    command: programs.kubeControllerManager,
    arguments: [
      `--kubeconfig=${nodeKubeconfig(folder)}`,
      '--bind-address=127.0.0.1',
      '--leader-elect=false',
      `--service-account-private-key-file=${credentials.serviceAccountKeyFile}`,
      `--root-ca-file=${authority(folder)}`,
    ],
    isReady: () => listens(10257),
  };
}

export function scheduler({ folder, programs }: NodeSettings): Program {
  return {
    name: 'kube-scheduler',
    command: programs.kubeScheduler,
    arguments: [`--kubeconfig=${nodeKubeconfig(folder)}`, '--bind-address=127.0.0.1', '--leader-elect=false'],
    isReady: () => listens(10259),
  };
}

export function proxy({ folder, programs }: NodeSettings): Program {
  return {
    name: 'kube-proxy',
    command: programs.kubeProxy,
    arguments: [
      `--kubeconfig=${nodeKubeconfig(folder)}`,
      `--hostname-override=${nodeName}`,
      '--proxy-mode=iptables',
      // Else a pod's answer to a pod on the same bridge would not come back through here, if bridges bypass iptables.
      '--masquerade-all',
      // It would set what is the machine's.
      '--conntrack-max-per-core=0',
    ],
    isReady: () => answers('http://127.0.0.1:10256/livez'),
  };
}

export function kubelet({ folder, programs }: NodeSettings): Program {
  const file = join(folder, 'kubelet.yaml');
  writeFileSync(file, stringify(kubeletConfiguration));
  return {
    name: 'kubelet',
    command: programs.kubelet,
    arguments: [
      `--config=${file}`,
      `--kubeconfig=${nodeKubeconfig(folder)}`,
      `--hostname-override=${nodeName}`,
      `--node-ip=${nodeAddress}`,
      '--root-dir=/run/kubelet',
      '--cert-dir=/run/kubelet/pki',
    ],
    isReady: () => answers('http://127.0.0.1:10248/healthz'),
  };
}

const kubeletConfiguration = {
  apiVersion: 'kubelet.config.k8s.io/v1beta1',
  kind: 'KubeletConfiguration',
  // Pods cannot reach it there, so whoever can is the API server.
  address: '127.0.0.1',
  authentication: { anonymous: { enabled: true }, webhook: { enabled: false } },
  authorization: { mode: 'AlwaysAllow' },
  containerRuntimeEndpoint: runtimeEndpoint,
  clusterDNS: [nodeAddress],
  clusterDomain,
  resolvConf: '',
  // Any machine will do, with cgroups of either version, however full its disk is.
  cgroupDriver: 'cgroupfs',
  cgroupsPerQOS: false,
  enforceNodeAllocatable: [],
  failCgroupV1: false,
  failSwapOn: false,
  localStorageCapacityIsolation: false,
  evictionHard: { 'imagefs.available': '0%', 'nodefs.available': '0%', 'nodefs.inodesFree': '0%' },
  imageGCHighThresholdPercent: 100,
};
