// The operator: wires everything together, and ends cleanly on a signal.
import './check-node.ts';
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { pino } from 'pino';
import { collectDefaultMetrics, Registry } from 'prom-client';
import type { Analysis } from './api/analysis.ts';
import { redeliverLabel } from './api/group.ts';
import { type Config, readConfig, UsageError } from './config.ts';
import { AnalysisController } from './controllers/analysis-controller.ts';
import { Circuits } from './controllers/circuits.ts';
import { EndpointController } from './controllers/endpoint-controller.ts';
import { EndpointHealth } from './controllers/endpoint-health.ts';
import { Endpoints } from './controllers/endpoints.ts';
import { LedgerWriter } from './controllers/ledger-writer.ts';
import { createGauges } from './controllers/gauges.ts';
import { clientMetrics, createMetrics, type Metrics, reflectorMetrics } from './controllers/metrics.ts';
import { Notices } from './controllers/notices.ts';
import { analysisType, endpointType, parseAnalysis, parseEndpoint } from './controllers/resources.ts';
import { Pinger } from './controllers/pinger.ts';
import { readResult as readResultFrom } from './controllers/results.ts';
import { Secrets } from './controllers/secrets.ts';
import { Sender } from './controllers/sender.ts';
import { Targets } from './controllers/targets.ts';
import { within } from './controllers/within.ts';
import { Work } from './controllers/work.ts';
import { Written } from './controllers/written.ts';
import { addressesOf, guardedAddresses } from './delivery/guarded.ts';
import { createPace } from './delivery/pace.ts';
import { createSlots } from './delivery/slots.ts';
import { createTransport } from './delivery/transport.ts';
import { KubeClient } from './kube/client.ts';
import { loadClusterConfig } from './kube/config.ts';
import { ConfigError } from './kube/errors.ts';
import { EventRecorder } from './kube/event-recorder.ts';
import type { Pod } from './kube/held-lease.ts';
import type { Log } from './kube/log.ts';
import { collectionPath, type ResourceType } from './kube/paths.ts';
import { RequestLimit } from './kube/request-limit.ts';
import { Reflector, type ReflectorOptions } from './kube/reflector.ts';
import { leaseTimeoutMs, Shards } from './kube/shards.ts';
import type { StoredObject } from './kube/store.ts';
import { probe } from './server/health.ts';
import { type HttpServer, serve } from './server/http-server.ts';

const version = '0.1.0';
const userAgent = `heliograph/${version}`;

/** Requests to the API server in flight at once, while it is well. */
const maxRequests = 16;

/** Attempts under way at once, over all endpoints. */
const maxConcurrent = 512;

/** Our clock is wrong if it differs by more from the API server's. */
const maxSkewMs = 60_000;

/** For what people look at, when all that events hang on is on record. */
const flushMs = 300;

/** What the last owner of a shard wrote and takes longer to be seen may be sent again. */
const catchUpMs = 1000;

/** For Leases alone, so that they wait for nothing else. */
const leaseConnections = 8;

/** A reflector that gets anywhere does so at least every 3 minutes. */
const stuckMs = 600_000;

process.exitCode = await main();

async function main(): Promise<number> {
  try {
    const config = readConfig(process.argv.slice(2), process.env);
    if ('help' in config) {
      process.stdout.write(config.help);
      return 0;
    }
    await run(config, terminated());
    return 0;
  } catch (error) {
    if (!(error instanceof UsageError || error instanceof ConfigError)) throw error;
    process.stderr.write(`heliograph: ${error.message}\n`);
    return 2;
  }
}

/** Aborts with the first signal; npm and a terminal may both send one. */
function terminated(): AbortSignal {
  const ending = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => ending.abort());
  return ending.signal;
}

async function run(config: Config, signal: AbortSignal): Promise<void> {
  const logger = pino({
    level: config.logLevel,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
  });
  const log: Log = (level, event, fields) => logger[level]({ event, ...fields });
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const metrics = createMetrics(registry, version);
  // A container that is started again in its pod is the same replica: it need not wait for its own Leases to run out.
  const identity = config.podName ?? `${hostname()}_${randomBytes(4).toString('hex')}`;
  const cluster = loadClusterConfig({ KUBECONFIG: config.kubeconfig });
  const limit = new RequestLimit({ most: maxRequests });
  const client = new KubeClient(cluster, { userAgent, metrics: clientMetrics(metrics), limit });
  const apiServer = await addressesOf(cluster.baseUrl.hostname);
  const egress = { ...config.egress, guarded: guardedAddresses({ pod: config.podAddresses, apiServer }) };
  const events = new EventRecorder({ client, component: 'heliograph', instance: identity, log });
  const transport = createTransport(egress);

  const endpoints = new Endpoints(client);
  const health = new EndpointHealth(
    (uid) => endpointController.touch(uid),
    (uid) => endpoints.isDeleted(uid),
  );
  const circuits = new Circuits((uid) => endpointController.touch(uid));
  const targets = new Targets(new Secrets(client));
  const readResult = (analysis: Analysis) => readResultFrom(client, analysis);
  const sender = new Sender({ transport, health, metrics, log, userAgent, readResult });
  const stopping = new AbortController();
  const owns = (namespace: string) => shards?.owns(namespace) ?? true;
  const slots = createSlots({ global: maxConcurrent });
  const mayBegin = (namespace: string) => shards?.mayBegin(namespace) ?? true;
  const written = new Written();
  const endpointController = new EndpointController({
    client,
    endpoints,
    health,
    events,
    egress,
    targets,
    circuits,
    pinger: new Pinger({ sender, log, signal: stopping.signal }),
    owns,
    written,
    log,
  });
  const writer = new LedgerWriter({ client, metrics, owner: identity, owns, written });
  const analyses = new AnalysisController({
    endpoints,
    health,
    writer,
    sender,
    targets,
    circuits,
    pace: createPace(),
    slots,
    notices: new Notices(events, log),
    metrics,
    log,
    owner: identity,
    trustedNow: () => trustedNow(client),
    owns: mayBegin,
  });
  const forgetUrl = (url: string) => transport.forget(url);
  const work = new Work({
    endpoints,
    endpointController,
    analyses,
    health,
    circuits,
    forgetUrl,
    mayBegin,
    log,
  });

  const reflect = reflectorsOf({ config, client, log, metrics });
  const endpointReflectors = reflect(endpointType, {
    parse: parseEndpoint,
    store: endpoints.store,
    handlers: work.endpointHandlers,
  });
  const analysisReflectors = reflect(analysisType, {
    query: { fieldSelector: 'status.delivery.state!=Settled' },
    parse: parseAnalysis,
    store: work.analysisStore,
    handlers: work.analysisHandlers,
  });
  const labelledReflectors = reflect(analysisType, {
    query: { labelSelector: redeliverLabel },
    parse: parseAnalysis,
    store: work.labelledStore,
    handlers: work.labelledHandlers,
  });
  const watching = (plural: string, namespace: string) => {
    const ofType = new Map<string, readonly Reflector<StoredObject>[]>([
      [endpointType.plural, endpointReflectors],
      [analysisType.plural, analysisReflectors],
    ]);
    const scope = config.watchNamespaces.length === 0 ? 0 : config.watchNamespaces.indexOf(namespace);
    return ofType.get(plural)?.[scope];
  };
  const shards =
    config.lease &&
    new Shards({
      ...config.lease,
      client: new KubeClient(cluster, {
        userAgent,
        connections: leaseConnections,
        timeoutMs: leaseTimeoutMs(config.lease.durationMs),
        metrics: clientMetrics(metrics),
      }),
      identity,
      pod: podOf(config),
      log,
      metrics: { ...reflectorMetrics(metrics, 'leases'), lost: () => metrics.leasesLost.inc() },
      catchUp: (annotations) => within(catchUpMs, [written.seen(annotations, watching)]),
      gained: (isOurs) => work.begin(isOurs),
      handOver: async (isTheirs) => {
        await work.handOver(isTheirs);
        return written.annotations(isTheirs);
      },
      // At the end there is more to record: what is not on record by now.
      lost: (isTheirs) => {
        if (!signal.aborted) work.drop(isTheirs);
      },
    });

  createGauges(registry, {
    // Without Leases it works for all there is.
    shards: () => ({ count: config.lease?.shards ?? 1, held: shards?.heldCount ?? 1 }),
    analyses: () => work.analysisStore.count(owns),
    circuitsOpen: () => circuits.openCount,
    inFlight: () => slots.inUse,
    queues: {
      deliveries: () => slots.waiting,
      ledger_writes: () => writer.waiting,
      endpoint_statuses: () => endpointController.waiting,
      api_requests: () => limit.waiting,
    },
    apiRequestLimit: () => limit.limit,
    oldestOwed: () => analyses.oldestOwed(),
  });

  const reflectors = [...endpointReflectors, ...analysisReflectors, ...labelledReflectors];
  const servers = await listen(config, registry, { reflectors, shards });
  log('info', 'started', { version, identity, ...servers.ports });

  const endpointRun = endpointController.run(stopping.signal);
  const running = endpointReflectors.map((reflector) => reflector.run(stopping.signal));
  // Analyses are about endpoints, so these come first.
  await ready(endpointReflectors, signal);
  const others = [...analysisReflectors, ...labelledReflectors];
  running.push(...others.map((reflector) => reflector.run(stopping.signal)));
  await ready(others, signal);
  if (!signal.aborted) {
    log('info', 'ready', {});
    void shards?.run();
  }
  await aborted(signal);

  log('info', 'stopping', {});
  stopping.abort();
  await shards?.stop();
  await analyses.stop();
  await within(flushMs, [
    ...running,
    endpointRun.then(() => endpointController.flush(owns)),
    events.flush(flushMs),
  ]);
  await servers.close();
  // Attempts that hang are cut off: their events are owed, and the next process sends them again.
  process.exitCode = 0;
  log('info', 'stopped', {});
  logger.flush();
  process.exit();
}

function podOf({ podName: name, podUid: uid }: Config): Pod | undefined {
  return name === undefined || uid === undefined ? undefined : { name, uid };
}

/** A reflector for each watched namespace, or one for all. */
function reflectorsOf(options: { config: Config; client: KubeClient; log: Log; metrics: Metrics }) {
  const { config, client, log, metrics } = options;
  const scopes = config.watchNamespaces.length === 0 ? [undefined] : config.watchNamespaces;
  return <T extends StoredObject>(
    type: ResourceType,
    rest: Pick<ReflectorOptions<T>, 'parse' | 'store' | 'handlers' | 'query'>,
  ): Reflector<T>[] => {
    return scopes.map(
      (namespace) =>
        new Reflector<T>({
          ...rest,
          client,
          path: collectionPath(type, namespace),
          namespace,
          log,
          metrics: reflectorMetrics(metrics, type.plural),
        }),
    );
  };
}

async function listen(
  config: Config,
  registry: Registry,
  { reflectors, shards }: { reflectors: readonly Reflector<StoredObject>[]; shards: Shards | undefined },
) {
  const synced = {
    name: 'the caches are not filled yet',
    isOk: () => reflectors.every((reflector) => reflector.synced) && (shards?.synced ?? true),
  };
  const moving = {
    name: 'the watches are stuck',
    isOk: () =>
      reflectors.every(
        ({ synced: is, lastActivityAt }) => !is || performance.now() - lastActivityAt < stuckMs,
      ),
  };
  const health = await bind('--health-bind-address', config.healthBindAddress, {
    '/livez': probe([moving]),
    '/readyz': probe([synced]),
  });
  const metrics = await bind('--metrics-bind-address', config.metricsBindAddress, {
    '/metrics': async () => ({
      status: 200,
      contentType: registry.contentType,
      body: await registry.metrics(),
    }),
  });
  return {
    ports: { healthPort: health.port, metricsPort: metrics.port },
    close: () => Promise.all([health.close(), metrics.close()]),
  };
}

async function bind(
  flag: string,
  address: Config['healthBindAddress'],
  routes: Parameters<typeof serve>[1],
): Promise<HttpServer> {
  try {
    return await serve(address, routes);
  } catch (error) {
    throw new UsageError(`${flag}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Undefined where our wall clock is not the API server's: then it must not decide what is too old. */
function trustedNow({ lastServerDate }: KubeClient): number | undefined {
  if (lastServerDate === undefined) return undefined;
  const serverNow = lastServerDate.date + performance.now() - lastServerDate.at;
  return Math.abs(Date.now() - serverNow) <= maxSkewMs ? Date.now() : undefined;
}

async function ready(reflectors: readonly Reflector<StoredObject>[], signal: AbortSignal): Promise<void> {
  await Promise.race([Promise.all(reflectors.map((one) => one.whenSynced())), aborted(signal)]);
}

function aborted(signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (signal.aborted) resolve();
  else signal.addEventListener('abort', () => resolve(), { once: true });
  return promise;
}
