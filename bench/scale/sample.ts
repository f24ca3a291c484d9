// What is found at one step, with that many analyses present.

/** mixed: nine of ten are settled. active: none is. */
export type Series = 'mixed' | 'active';

export interface Sample {
  series: Series;
  analyses: number;
  /** Of these. */
  active: number;
  fill: Fill;
  /** Status writes per second of 8 workers, before there is an operator. */
  bareWritesPerSecond: number;
  start: Start;
  /** A while after the start, with nothing to do. */
  rest: { residentMb: number; heapUsedMb: number; cpuMsPerSecond: number; scrapeMs: number };
  /** The lists of a start and of a relist, made by a client of our own, on an API server that is warm. */
  lists: Readonly<Record<ListName, ListCost>>;
  load: LoadCost;
  relist: Relist;
  operator: {
    /** Of its resident memory, from its start to here. */
    peakMb: number;
    /** After a full collection at the end. */
    liveHeapMb: number;
    collectedResidentMb: number;
  };
  apiServer: {
    residentMb: number;
    /** After its restart, when the operator has listed anew. */
    restartedMb: number;
  };
  etcd: { sizeMb: number; usedMb: number };
  /** Of the machine, while this step was measured. */
  othersShare: number;
}

/** Since the step before. */
export interface Fill {
  seconds: number;
  analyses: number;
  /** That etcd's database has grown. */
  etcdMb: number;
}

/** From the start of the process until it says that it is ready. */
export interface Start {
  readyMs: number;
  operatorCpuMs: number;
  apiServerCpuMs: number;
  /** Lists of analyses, as the API server counts them. */
  listRequests: number;
  listedMb: number;
  /** Of the operator's event loop. */
  lagP99Ms: number;
  lagMaxMs: number;
  residentMb: number;
  heapUsedMb: number;
}

export type ListName = 'unsettled' | 'labelled';

export interface ListCost {
  objects: number;
  requests: number;
  ms: number;
  apiServerCpuMs: number;
}

/** 100 analyses at full speed, eleven events each. */
export interface LoadCost {
  deliveriesPerSecond: number;
  /** From the answer to the worker's status write to the request, without each analysis' first event. */
  p50Ms: number;
  p99Ms: number;
  operatorCpuMsPerEvent: number;
  /** By worker and operator. */
  writesPerEvent: number;
  apiServerCpuMsPerWrite: number;
  lagP99Ms: number;
  lagMaxMs: number;
  repeated: number;
}

/** The API server is killed and started, so that watches expire. */
export interface Relist {
  apiServerReadyMs: number;
  /** From then until the operator has listed all analyses anew. */
  listedMs: number;
  operatorCpuMs: number;
  lagMaxMs: number;
}
