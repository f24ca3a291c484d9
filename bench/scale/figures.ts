// The figures that are shown, in the table as rows and in the drawing as panels.
import type { Sample } from './sample.ts';

export interface Figure {
  title: string;
  unit: string;
  read: (sample: Sample) => number;
}

/** A row for each; those with a panel are drawn as well. */
export const figures: readonly (Figure & { isDrawn?: true })[] = [
  { title: 'Operator: start until ready', unit: 'ms', read: ({ start }) => start.readyMs, isDrawn: true },
  { title: 'Operator: CPU of the start', unit: 'ms', read: ({ start }) => start.operatorCpuMs },
  {
    title: 'Operator: event loop late in the start, at most',
    unit: 'ms',
    read: ({ start }) => start.lagMaxMs,
  },
  { title: 'Operator: memory when ready', unit: 'MiB', read: ({ start }) => start.residentMb },
  { title: 'Operator: memory 10 s later', unit: 'MiB', read: ({ rest }) => rest.residentMb, isDrawn: true },
  { title: 'Operator: peak memory', unit: 'MiB', read: ({ operator }) => operator.peakMb },
  { title: 'Operator: live heap', unit: 'MB', read: ({ operator }) => operator.liveHeapMb, isDrawn: true },
  { title: 'Operator: CPU at rest', unit: 'ms/s', read: ({ rest }) => rest.cpuMsPerSecond },
  {
    title: 'Operator: a scrape of its metrics',
    unit: 'ms',
    read: ({ rest }) => rest.scrapeMs,
    isDrawn: true,
  },
  { title: 'Start: list requests', unit: '', read: ({ start }) => start.listRequests },
  { title: 'Start: listed', unit: 'MB', read: ({ start }) => start.listedMb },
  {
    title: 'API server: CPU of a list of the unsettled',
    unit: 'ms',
    read: ({ lists }) => lists.unsettled.apiServerCpuMs,
    isDrawn: true,
  },
  { title: 'A list of the unsettled takes', unit: 'ms', read: ({ lists }) => lists.unsettled.ms },
  {
    title: 'API server: CPU of a list of the labelled',
    unit: 'ms',
    read: ({ lists }) => lists.labelled.apiServerCpuMs,
  },
  { title: 'Bare status writes', unit: '/s', read: ({ bareWritesPerSecond }) => bareWritesPerSecond },
  { title: 'Deliveries', unit: '/s', read: ({ load }) => load.deliveriesPerSecond, isDrawn: true },
  { title: 'Status write to request, p50', unit: 'ms', read: ({ load }) => load.p50Ms },
  { title: 'Status write to request, p99', unit: 'ms', read: ({ load }) => load.p99Ms, isDrawn: true },
  {
    title: 'Operator: CPU per event',
    unit: 'ms',
    read: ({ load }) => load.operatorCpuMsPerEvent,
    isDrawn: true,
  },
  { title: 'Operator: event loop late under load, p99', unit: 'ms', read: ({ load }) => load.lagP99Ms },
  { title: 'Writes per event, the worker’s included', unit: '', read: ({ load }) => load.writesPerEvent },
  {
    title: 'API server: CPU per write',
    unit: 'ms',
    read: ({ load }) => load.apiServerCpuMsPerWrite,
    isDrawn: true,
  },
  {
    title: 'API server: killed until ready',
    unit: 'ms',
    read: ({ relist }) => relist.apiServerReadyMs,
  },
  {
    title: 'Ready until the operator has listed anew',
    unit: 'ms',
    read: ({ relist }) => relist.listedMs,
    isDrawn: true,
  },
  { title: 'Operator: CPU of that', unit: 'ms', read: ({ relist }) => relist.operatorCpuMs },
  {
    title: 'Operator: event loop late meanwhile, at most',
    unit: 'ms',
    read: ({ relist }) => relist.lagMaxMs,
  },
  { title: 'API server: memory', unit: 'MiB', read: ({ apiServer }) => apiServer.residentMb, isDrawn: true },
  {
    title: 'API server: memory after its restart',
    unit: 'MiB',
    read: ({ apiServer }) => apiServer.restartedMb,
  },
  { title: 'etcd: database', unit: 'MB', read: ({ etcd }) => etcd.sizeMb, isDrawn: true },
  {
    title: 'etcd: for each analysis, as it is filled',
    unit: 'KB',
    read: ({ fill }) => (fill.etcdMb * 1000) / fill.analyses,
  },
  { title: 'Others’ share of the machine', unit: '%', read: ({ othersShare }) => othersShare * 100 },
];
