// A namespace is a tenant: what has the same name in another one is never met, read, told or counted.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Webhook } from 'standardwebhooks';
import { redeliverLabel } from '../../src/api/group.ts';
import { objectPath } from '../../src/kube/paths.ts';
import { operatorRequestsIn } from '../support/audit.ts';
import {
  adminClient,
  applyAnalysis,
  applyEndpoint,
  endpointType,
  getAnalysis,
  getEndpoint,
  manifest,
  newNamespace,
} from '../support/cluster.ts';
import { sharedControlPlane } from '../support/control-plane.ts';
import { type Receipt, startJournal } from '../support/journal.ts';
import { startOperator } from '../support/operator.ts';
import { conditionOf, ledgerOf, openScene, wholeStory } from '../support/scene.ts';
import { applySecret, newSigningSecret } from '../support/secrets.ts';
import { until } from '../support/until.ts';

const entry = (name: string, key: string) => ({ secretKeyRef: { name, key } });

function isSignedWith(secret: string, { text, headers }: Receipt): boolean {
  try {
    new Webhook(secret).verify(text, headers as Record<string, string>);
    return true;
  } catch {
    return false;
  }
}

const readyOf = async (namespace: string, name: string) =>
  conditionOf(await getEndpoint(namespace, name), 'Ready');

const uidOf = async (namespace: string, name: string) => (await getEndpoint(namespace, name)).metadata.uid;

/** Of the endpoints on the ledger of the analysis `run`. */
const uidsOf = async (namespace: string) =>
  ledgerOf(await getAnalysis(namespace, 'run'))?.endpoints.map(({ uid }) => uid);

const secretsReadIn = (namespace: string) =>
  new Set(operatorRequestsIn('secrets', namespace).map(({ objectRef }) => objectRef?.name));

test('endpoints, analyses and Secrets of one name in two namespaces never meet', async (t) => {
  const [red, blue] = await Promise.all([newNamespace(t), newNamespace(t)]);
  const failing = new Set<string>();
  const journal = await startJournal(t, ({ path }) => (failing.has(path) ? 500 : 200));
  const scenes = await Promise.all([red, blue].map((namespace) => openScene(t, journal, namespace)));
  const secrets = new Map([red, blue].map((namespace) => [namespace, newSigningSecret()]));
  for (const { namespace, endpoint } of scenes) {
    await applySecret(namespace, 'partner', {
      signing: secrets.get(namespace) ?? '',
      token: `of-${namespace}`,
    });
    await endpoint('partner', {
      analyses: 'All',
      signing: { secretRefs: [{ name: 'partner', key: 'signing' }] },
      headers: [{ name: 'X-Token', valueFrom: entry('partner', 'token') }],
      delivery: { maxAttempts: 1 },
    });
  }
  // It exists in the other namespace only.
  await applySecret(blue, 'blue-only', { url: journal.url(`/${blue}/stolen`) });
  await applyEndpoint(red, 'thief', { urlFrom: entry('blue-only', 'url'), analyses: 'All' });
  await startOperator(t, {
    kubeconfig: sharedControlPlane().operatorKubeconfig,
    namespaces: [red, blue],
  });

  await t.test('each is told of its own analysis, with its own key and header', async () => {
    for (const { analysis } of scenes) await analysis('run');
    for (const { report } of scenes) await report('run', { phase: 'Success' });
    for (const { namespace, story } of scenes) {
      const path = `/${namespace}/partner`;
      await journal.until('all has come', () => journal.at(path).length >= 11);
      const analysis = await getAnalysis(namespace, 'run');
      assert.deepEqual(story('partner', analysis), wholeStory);
      const others = [...secrets].filter(([name]) => name !== namespace);
      for (const receipt of journal.at(path)) {
        assert.equal(receipt.body.analysis_id, analysis.metadata.uid);
        assert.equal(receipt.headers['x-token'], `of-${namespace}`);
        assert.ok(isSignedWith(secrets.get(namespace) ?? '', receipt));
        for (const [, secret] of others) assert.ok(!isSignedWith(secret, receipt));
      }
    }
  });

  await t.test('the ledger names the endpoints of its own namespace only', async () => {
    assert.deepEqual(await uidsOf(blue), [await uidOf(blue, 'partner')]);
    assert.deepEqual(
      (await uidsOf(red))?.toSorted(),
      [await uidOf(red, 'partner'), await uidOf(red, 'thief')].toSorted(),
    );
  });

  await t.test('a reference finds nothing in another namespace', async () => {
    const isTold = async () => (await readyOf(red, 'thief'))?.reason === 'SecretNotFound';
    await until(isTold, 'the thief is told');
    assert.match((await readyOf(red, 'thief'))?.message ?? '', /^Secret blue-only does not exist\./);
    assert.deepEqual(journal.at(`/${blue}/stolen`), []);
  });

  await t.test('what one tenant repeats or fails is neither sent nor counted for the other', async () => {
    const before = journal.at(`/${blue}/partner`).length;
    failing.add(`/${red}/partner`);
    await applyAnalysis(red, 'run', { notifyViaWebhook: true }, { [redeliverLabel]: '1.again' });
    const failed = async () => (await getEndpoint(red, 'partner')).status?.failedCount === 1;
    await until(failed, 'the failure is counted');
    const counts = async () => (await getEndpoint(blue, 'partner')).status;
    await until(async () => (await counts())?.deliveredCount === 11, 'the deliveries are counted');
    assert.equal((await counts())?.failedCount, 0);
    assert.equal(journal.at(`/${blue}/partner`).length, before);
  });

  await t.test('what one tenant deletes stays with the other', async () => {
    await adminClient().request({ method: 'DELETE', path: objectPath(endpointType, red, 'partner') });
    await scenes[1]?.analysis('next');
    await scenes[1]?.report('next', { phase: 'Failed' });
    const ended = await scenes[1]?.settled('next');
    assert.ok(ended);
    assert.equal(
      ledgerOf(ended)?.endpoints[0]?.deliveries.every(({ state }) => state === 'Delivered'),
      true,
    );
  });

  await t.test('Secrets are read by name, where the reference stands, and never listed', () => {
    assert.deepEqual(secretsReadIn(red), new Set(['partner', 'blue-only']));
    assert.deepEqual(secretsReadIn(blue), new Set(['partner']));
    for (const namespace of [red, blue])
      for (const { verb, responseStatus } of operatorRequestsIn('secrets', namespace)) {
        assert.equal(verb, 'get');
        assert.ok([200, 404].includes(responseStatus?.code ?? 0));
      }
  });
});

test('a reference has no way to name another namespace', async (t) => {
  const namespace = await newNamespace(t);
  const spec = {
    urlFrom: { secretKeyRef: { name: 'partner', key: 'url', namespace: 'kube-system' } },
    signing: { secretRefs: [{ name: 'partner', key: 'key', namespace: 'kube-system' }] },
    tls: {
      caRef: { kind: 'ConfigMap', name: 'ca', key: 'ca.crt', namespace: 'kube-system' },
      clientCertificateRef: { name: 'client', namespace: 'kube-system' },
    },
  };
  const create = (fieldValidation: string) =>
    adminClient().request({
      method: 'POST',
      path: objectPath(endpointType, namespace, '').replace(/\/$/, ''),
      query: { fieldValidation },
      body: manifest(endpointType, namespace, 'partner', { spec }),
    });
  await assert.rejects(create('Strict'), (error: Error) => {
    assert.match(error.message, /unknown field "spec\.signing\.secretRefs\[0\]\.namespace"/);
    assert.match(error.message, /unknown field "spec\.urlFrom\.secretKeyRef\.namespace"/);
    return true;
  });
  await create('Ignore');
  const stored = await adminClient().get<{ spec: object }>(objectPath(endpointType, namespace, 'partner'));
  assert.ok(!JSON.stringify(stored.spec).includes('kube-system'), 'the field is dropped');
  for (const name of ['../kube-system', 'kube-system/partner', 'kube-system%2fpartner'])
    await assert.rejects(
      applyEndpoint(namespace, 'other', { urlFrom: { secretKeyRef: { name, key: 'url' } } }),
      /must be the name of a Secret/,
    );
  const job = { webhookUrl: 'https://partner.example/hook', namespace: 'kube-system' };
  await assert.rejects(applyAnalysis(namespace, 'run', job), /field not declared in schema/);
  await assert.rejects(getAnalysis(namespace, 'run'));
});
