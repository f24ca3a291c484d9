// What helm says of values that cannot be: where the mistake is, and what to write.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chart, runHelm } from '../support/helm.ts';

interface Rejection {
  /** As `--set-json` takes it. */
  readonly value: string;
  readonly says: string;
}

const bySchema: readonly Rejection[] = [
  { value: 'replicaCount=3', says: `at '': additional properties 'replicaCount' not allowed` },
  {
    value: 'egress={"allowedCidrs":[]}',
    says: `at '/egress': additional properties 'allowedCidrs' not allowed`,
  },
  { value: 'crds=false', says: `at '/crds': got boolean, want object` },
  { value: 'watchNamespaces="team-a"', says: `at '/watchNamespaces': got string, want array` },
  {
    value: 'watchNamespaces=["Team_A"]',
    says: `at '/watchNamespaces/0': 'Team_A' does not match pattern '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$'`,
  },
  { value: 'watchNamespaces=["a","b","a"]', says: `at '/watchNamespaces': items at 0 and 2 are equal` },
  {
    value: 'image.digest="0123abcd"',
    says: `at '/image/digest': '0123abcd' does not match pattern '^(sha256:[0-9a-f]{64})?$'`,
  },
  {
    value: 'image.repository="https://registry.example/heliograph"',
    says: `at '/image/repository': 'https://registry.example/heliograph' does not match pattern '^[a-z0-9.-]+(:[0-9]+)?(/[a-z0-9._-]+)*$'`,
  },
  { value: 'image.repository=null', says: `at '/image': missing property 'repository'` },
  { value: 'image.tag=1.2', says: `at '/image/tag': got number, want string` },
  {
    value: 'image.pullPolicy="always"',
    says: `at '/image/pullPolicy': value must be one of 'IfNotPresent', 'Always', 'Never'`,
  },
  { value: 'image.pullSecrets=["registry"]', says: `at '/image/pullSecrets/0': got string, want object` },
  { value: 'egress.ports=443', says: `at '/egress/ports': got number, want array` },
  { value: 'egress.ports=["443"]', says: `at '/egress/ports/0': got string, want integer` },
  { value: 'egress.ports=[70000]', says: `at '/egress/ports/0': maximum: got 70,000, want 65,535` },
  { value: 'egress.ports=[]', says: `at '/egress/ports': minItems: got 0, want 1` },
  { value: 'egress.allowHTTP="true"', says: `at '/egress/allowHTTP': got string, want boolean` },
  {
    value: 'egress.allowedCIDRs=["10.96.12.34"]',
    says: `at '/egress/allowedCIDRs/0': '10.96.12.34' does not match pattern '^[0-9a-fA-F.:]+/[0-9]{1,3}$'`,
  },
  {
    value: 'logLevel="verbose"',
    says: `at '/logLevel': value must be one of 'trace', 'debug', 'info', 'warn', 'error', 'silent'`,
  },
  { value: 'resources.memory="1Gi"', says: `at '/resources': additional properties 'memory' not allowed` },
  {
    value: 'resources.limits.memory="512mb"',
    says: `at '/resources/limits/memory': '512mb' does not match pattern '^[0-9]+([.][0-9]+)?(m|k|Ki|M|Mi|G|Gi|T|Ti)?$'`,
  },
  {
    value: 'podAnnotations={"example.com/scrape":true}',
    says: `at '/podAnnotations/example.com~1scrape': got boolean, want string`,
  },
  { value: 'extraEnv=[{"name":"A","value":1}]', says: `at '/extraEnv/0/value': got number, want string` },
  { value: 'extraEnv="A=b"', says: `at '/extraEnv': got string, want array` },
  {
    value: 'extraArgs=["log-level=debug"]',
    says: `at '/extraArgs/0': 'log-level=debug' does not match pattern '^--[a-z]'`,
  },
  { value: 'extraVolumes=[{"name":"a"}]', says: `at '/extraVolumes/0': minProperties: got 1, want 2` },
  {
    value: 'extraVolumeMounts=[{"name":"a"}]',
    says: `at '/extraVolumeMounts/0': missing property 'mountPath'`,
  },
  { value: 'extraObjects=["kind: ConfigMap"]', says: `at '/extraObjects/0': got string, want object` },
  {
    value: 'tolerations=[{"effect":"noSchedule"}]',
    says: `at '/tolerations/0/effect': value must be one of 'NoSchedule', 'PreferNoSchedule', 'NoExecute'`,
  },
  {
    value: 'podSecurityContext.runAsNonroot=true',
    says: `at '/podSecurityContext': additional properties 'runAsNonroot' not allowed`,
  },
  {
    value: 'terminationGracePeriodSeconds="10s"',
    says: `at '/terminationGracePeriodSeconds': got string, want integer`,
  },
  { value: 'metrics.monitor.interval=30', says: `at '/metrics/monitor/interval': got number, want string` },
  {
    value: 'metrics.monitor.kind="serviceMonitor"',
    says: `at '/metrics/monitor/kind': value must be one of '', 'ServiceMonitor', 'PodMonitor'`,
  },
];

const byTemplate: readonly Rejection[] = [
  {
    value: 'serviceAccount.create=false',
    says: 'serviceAccount.name must name an existing ServiceAccount where serviceAccount.create is false',
  },
  {
    value: 'metrics={"monitor":{"kind":"ServiceMonitor"},"service":{"enabled":false}}',
    says: 'metrics.service.enabled must be true for a ServiceMonitor; metrics.monitor.kind: PodMonitor goes without',
  },
  {
    value: 'podLabels={"app.kubernetes.io/name":"webhooks"}',
    says: 'commonLabels and podLabels must not have app.kubernetes.io/name: the chart sets it, from nameOverride',
  },
];

test('the schema refuses what is wrong by itself', { concurrency: 2 }, async (t) => {
  await Promise.all(
    bySchema.map(({ value, says }) =>
      t.test(value, async () => {
        assert.equal(
          await refusal(value),
          `Error: values don't meet the specifications of the schema(s) in the following chart(s):\nheliograph:\n- ${says}`,
        );
      }),
    ),
  );
});

test('the templates refuse what does not go together', { concurrency: 2 }, async (t) => {
  await Promise.all(
    byTemplate.map(({ value, says }) =>
      t.test(value, async () => {
        const [first] = (await refusal(value)).split('\n');

        assert.equal(
          first?.replace(/\(heliograph\/templates\/validate\.yaml:\d+:\d+\)/, '…'),
          `Error: execution error at …: ${says}`,
        );
      }),
    ),
  );
});

test('a cluster that is too old is refused, a provider’s own build of a new one is not', async () => {
  const [old, own] = await Promise.all([renderOn('1.33.9'), renderOn('v1.34.0-gke.1006000')]);

  assert.match(
    old.stderr,
    /^Error: chart requires kubeVersion: >=1\.34\.0-0 which is incompatible with Kubernetes v1\.33\.9$/m,
  );
  assert.equal(own.code, 0, own.stderr);
});

test('of several mistakes each is named', async () => {
  const text = await refusal('logLevel="loud"', 'crds.enabled="yes"');

  assert.match(text, /at '\/logLevel': value must be one of/);
  assert.match(text, /at '\/crds\/enabled': got string, want boolean/);
});

async function renderOn(version: string) {
  return await runHelm(['template', 'heliograph', chart, '--kube-version', version]);
}

async function refusal(...values: readonly string[]): Promise<string> {
  const set = values.flatMap((value) => ['--set-json', value]);
  const { code, stderr } = await runHelm(['template', 'heliograph', chart, ...set]);
  assert.notEqual(code, 0, 'helm takes it');
  return stderr.trim();
}
