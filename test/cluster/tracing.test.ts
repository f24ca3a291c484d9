// Whoever brings an OpenTelemetry SDK gets a span for each attempt; the operator itself has none.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { repository } from '../../tools/control-plane/paths.ts';
import { newNamespace } from '../support/cluster.ts';
import { sharedControlPlane } from '../support/control-plane.ts';
import { startJournal } from '../support/journal.ts';
import { temporaryFolder } from '../support/launcher.ts';
import { startOperator } from '../support/operator.ts';
import { openScene } from '../support/scene.ts';
import { until } from '../support/until.ts';

interface Span {
  traceId: string;
  spanId: string;
  attributes: Readonly<Record<string, string | number>>;
}

test('an SDK loaded with --import gets a span for each attempt, which the receiver is told of', async (t) => {
  const dir = temporaryFolder(t);
  const [sdk, spansFile] = [join(dir, 'sdk.mjs'), join(dir, 'spans')];
  writeFileSync(spansFile, '');
  writeFileSync(sdk, sdkModule(spansFile));
  const namespace = await newNamespace(t);
  const journal = await startJournal(t, ({ attempt }) => (attempt === 1 ? 503 : 200));
  const scene = await openScene(t, journal, namespace);
  const env = { NODE_OPTIONS: `--import ${pathToFileURL(sdk).href}` };
  const { operatorKubeconfig: kubeconfig } = sharedControlPlane();
  await startOperator(t, { kubeconfig, namespaces: [namespace], env });
  await scene.endpoint('partner', { events: ['analysis.started'], delivery: { initialBackoffSeconds: 1 } });
  await scene.analysis('run');
  await scene.report('run', { phase: 'Analyzing' });
  await until(() => journal.at(`/${namespace}/partner`).length === 2, 'it is delivered at the second try');
  const spans = () =>
    readFileSync(spansFile, 'utf8')
      .split('\n')
      .filter(Boolean)
      .map((line): Span => JSON.parse(line));
  await until(() => spans().length === 2, 'both attempts have ended');

  const told = journal.at(`/${namespace}/partner`).map(({ headers }) => headers['traceparent']);
  assert.deepEqual(
    spans().map(({ traceId, spanId }) => `00-${traceId}-${spanId}-01`),
    told,
  );
  const common = {
    'http.request.method': 'POST',
    'heliograph.namespace': namespace,
    'heliograph.endpoint': 'partner',
    'heliograph.analysis': 'run',
    'heliograph.event_type': 'analysis.started',
    'heliograph.sequence': 1,
  };
  assert.deepEqual(
    spans().map(({ attributes }) => attributes),
    [
      {
        ...common,
        'heliograph.attempt': 1,
        'heliograph.outcome': 'rejected',
        'http.response.status_code': 503,
      },
      {
        ...common,
        'heliograph.attempt': 2,
        'heliograph.outcome': 'delivered',
        'http.response.status_code': 200,
      },
    ],
  );
});

/** As users write it: a provider with an exporter, here one that appends to a file. */
function sdkModule(file: string): string {
  return `
import { appendFileSync } from 'node:fs';
import { createRequire } from 'node:module';
const require = createRequire(${JSON.stringify(join(repository, 'package.json'))});
const { trace } = require('@opentelemetry/api');
const { BasicTracerProvider, SimpleSpanProcessor } = require('@opentelemetry/sdk-trace-base');
const exporter = {
  export: (spans, done) => {
    for (const span of spans)
      appendFileSync(${JSON.stringify(file)}, JSON.stringify({ ...span.spanContext(), attributes: span.attributes }) + '\\n');
    done({ code: 0 });
  },
  shutdown: async () => {},
};
trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }));
`;
}
