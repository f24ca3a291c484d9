// What endpoints keep in Secrets: keys, headers, URLs, certificates. It is used, waited for, and shown nowhere.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';
import type { TLSSocket } from 'node:tls';
import { Webhook } from 'standardwebhooks';
import { createCertificate } from '../support/certificates.ts';
import { adminClient, getAnalysis, getEndpoint, newNamespace } from '../support/cluster.ts';
import { sharedControlPlane } from '../support/control-plane.ts';
import { type Journal, type Receipt, startJournal } from '../support/journal.ts';
import { type Operator, startOperator } from '../support/operator.ts';
import { conditionOf, ledgerOf, openScene, type Scene, wholeStory } from '../support/scene.ts';
import { applyConfigMap, applySecret, newSigningSecret } from '../support/secrets.ts';
import { until } from '../support/until.ts';

/** Whether the receiver of this path would accept it. */
const refusals = new Map<string, (receipt: Receipt) => boolean>();

type Row = (scene: Scene, journal: Journal, operator: Operator) => Promise<void>;

const rows: Readonly<Record<string, Row>> = {
  'every request is signed, freshly, and an independent verifier accepts it': async (scene, journal) => {
    const { namespace, endpoint, analysis, report, settled } = scene;
    const secret = newSigningSecret();
    await applySecret(namespace, 'signing', { key: `${secret}\n` });
    await endpoint('partner', { signing: { secretRefs: [{ name: 'signing', key: 'key' }] } });
    await analysis('run');
    await report('run', { phase: 'Success' });
    await settled('run');
    const receipts = journal.at(`/${namespace}/partner`);
    assert.equal(receipts.length, 11);
    for (const receipt of receipts) verify(secret, receipt);
    const [first] = receipts;
    assert.ok(first);
    assert.throws(() => verify(newSigningSecret(), first));
    assert.throws(() => verify(secret, { ...first, text: first.text.replace('0', '1') }));
  },

  'while a key is missing or malformed nothing goes out, the condition says so, and then all of it does':
    async (scene, journal) => {
      const { namespace, endpoint, analysis, report, settled, story } = scene;
      await endpoint('partner', { signing: { secretRefs: [{ name: 'later', key: 'key' }] } });
      const ready = async () => conditionOf(await getEndpoint(namespace, 'partner'), 'Ready');
      await until(async () => (await ready())?.reason === 'SecretNotFound', 'it is not ready');
      assert.match((await ready())?.message ?? '', /Secret later does not exist\. Deliveries wait/);
      await analysis('run');
      await report('run', { phase: 'Failed' });
      await applySecret(namespace, 'later', { key: 'whsec_tooshort' });
      await endpoint('partner', {
        description: 'a',
        signing: { secretRefs: [{ name: 'later', key: 'key' }] },
      });
      await until(async () => (await ready())?.reason === 'SecretInvalid', 'it is malformed');
      assert.match((await ready())?.message ?? '', /whsec_.*base64/);
      assert.doesNotMatch((await ready())?.message ?? '', /tooshort/);
      assert.equal(journal.at(`/${namespace}/partner`).length, 0);
      const secret = newSigningSecret();
      await applySecret(namespace, 'later', { key: secret });
      const ended = await settled('run', 120_000);
      assert.equal(story('partner', ended).length, 2);
      for (const receipt of journal.at(`/${namespace}/partner`)) verify(secret, receipt);
      await until(async () => (await ready())?.status === 'True', 'it is ready', 90_000);
    },

  'two secrets sign at once, and a rotation under way loses nothing': async (scene, journal) => {
    const { namespace, endpoint, analysis, report, settled, story } = scene;
    const [before, after] = [newSigningSecret(), newSigningSecret()];
    let accepted = before;
    refusals.set(`/${namespace}/partner`, (receipt) => !isValid(accepted, receipt));
    await applySecret(namespace, 'signing', { old: before, new: after });
    await endpoint('partner', signedBy('old'));
    await analysis('run');
    await report('run', { phase: 'Analyzing', percentage: 20 });
    await endpoint('partner', signedBy('new', 'old'));
    await report('run', { percentage: 50 });
    accepted = after;
    await report('run', { percentage: 80 });
    await endpoint('partner', signedBy('new'));
    await report('run', { phase: 'Success' });
    const ended = await settled('run');
    assert.deepEqual([...new Set(story('partner', ended))], wholeStory);
    for (const receipt of journal.at(`/${namespace}/partner`))
      assert.ok(isValid(before, receipt) || isValid(after, receipt));
  },

  'a Secret that is replaced in place is read again when a receiver refuses': async (scene, journal) => {
    const { namespace, endpoint, analysis, report, settled } = scene;
    refusals.set(`/${namespace}/partner`, ({ headers }) => headers['x-api-key'] !== 'second-value');
    await applySecret(namespace, 'api', { key: 'first-value' });
    await endpoint('partner', {
      headers: [
        { name: 'X-Api-Key', valueFrom: { secretKeyRef: { name: 'api', key: 'key' } } },
        { name: 'X-Team', value: 'vision' },
      ],
      delivery: { initialBackoffSeconds: 1, maxBackoffSeconds: 1 },
    });
    await analysis('run');
    await report('run', { phase: 'Failed' });
    await journal.until('it is refused', () => journal.at(`/${namespace}/partner`).length > 0);
    await applySecret(namespace, 'api', { key: 'second-value' });
    await settled('run');
    const receipts = journal.at(`/${namespace}/partner`);
    assert.equal(receipts[0]?.headers['x-api-key'], 'first-value');
    assert.ok(receipts.every(({ headers }) => headers['x-team'] === 'vision'));
  },

  'I12: a secret URL and what receivers echo appear in no status, Event, log or metric': async (
    scene,
    journal,
    operator,
  ) => {
    const { namespace, endpoint, analysis, report, settled } = scene;
    const canaries = { url: 'canary-in-the-url', header: 'canary-in-a-header' };
    const secret = newSigningSecret();
    await applySecret(namespace, 'all', {
      url: journal.url(`/${namespace}/partner?token=${canaries.url}`),
      header: canaries.header,
      signing: secret,
    });
    await endpoint('partner', {
      url: undefined,
      urlFrom: entry('url'),
      headers: [{ name: 'X-Api-Key', valueFrom: entry('header') }],
      signing: { secretRefs: [{ name: 'all', key: 'signing' }] },
      delivery: { maxAttempts: 1 },
    });
    await endpoint('nowhere', { url: undefined, urlFrom: entry('url'), delivery: { maxAttempts: 1 } });
    await analysis('run');
    await report('run', { phase: 'Failed' });
    await settled('run');
    const counted = async () => (await getEndpoint(namespace, 'partner')).status?.failedCount === 2;
    await until(counted, 'both failures are shown');
    const { body: events } = await adminClient().request({
      method: 'GET',
      path: `/apis/events.k8s.io/v1/namespaces/${namespace}/events`,
    });
    const shown = JSON.stringify([
      await getAnalysis(namespace, 'run'),
      (await getEndpoint(namespace, 'partner')).status,
      events,
      operator.log,
      await (await fetch(operator.metricsUrl)).text(),
    ]);
    assert.match(shown, /redacted/);
    for (const canary of [canaries.url, canaries.header, secret, secret.slice('whsec_'.length)])
      assert.ok(!shown.includes(canary), canary);
    assert.equal((await getEndpoint(namespace, 'partner')).status?.host, undefined);
  },
};

test('Secrets', { concurrency: true }, async (t: TestContext) => {
  const journal = await startJournal(t, (receipt) => {
    if (receipt.path.includes('canary'))
      return (response) =>
        response.writeHead(500).end(`${receipt.path} ${JSON.stringify(receipt.headers)} ${receipt.text}`);
    return refusals.get(receipt.path)?.(receipt) === true ? 401 : 200;
  });
  const namespaces = await Promise.all(Object.keys(rows).map(() => newNamespace(t)));
  const operator = await startOperator(t, {
    kubeconfig: sharedControlPlane().operatorKubeconfig,
    namespaces,
    flags: ['--log-level=trace'],
  });
  await Promise.all(
    Object.entries(rows).map(([title, row], index) =>
      t.test(title, async (sub) => row(await openScene(sub, journal, namespaces[index]), journal, operator)),
    ),
  );
});

test('a private CA and a client certificate, and words for what is wrong with a certificate', async (t) => {
  const namespace = await newNamespace(t);
  const authority = createCertificate({ names: ['Private CA'], isAuthority: true });
  const issued = (names: string[], more = {}) => createCertificate({ names, issuer: authority, ...more });
  const client = issued(['operator']);
  const yesterday = new Date(Date.now() - 86_400_000);
  const monthAgo = new Date(Date.now() - 30 * 86_400_000);
  const servers = {
    good: issued(['localhost']),
    expired: issued(['localhost'], { notBefore: monthAgo, notAfter: yesterday }),
    wrong: issued(['elsewhere.example']),
    unknown: createCertificate({ names: ['localhost'] }),
  };
  await applyConfigMap(namespace, 'ca', { 'ca.crt': authority.cert });
  await applySecret(namespace, 'client', { 'tls.crt': client.cert, 'tls.key': client.key });
  const scene = await openScene(t, await startJournal(t), namespace);
  const seen: Record<string, string[]> = {};
  for (const [name, { cert, key }] of Object.entries(servers)) {
    const peers: string[] = (seen[name] = []);
    const server = createServer({ cert, key, ca: authority.cert, requestCert: true }, (request, response) => {
      peers.push(String((request.socket as TLSSocket).getPeerCertificate()?.subject?.CN));
      response.end('webhook received\n');
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    t.after(() => {
      server.close();
      server.closeAllConnections();
    });
    await scene.endpoint(name, {
      url: `https://localhost:${(server.address() as AddressInfo).port}/hook`,
      tls: {
        caRef: { kind: 'ConfigMap', name: 'ca', key: 'ca.crt' },
        clientCertificateRef: { name: 'client' },
      },
      delivery: { maxAttempts: 1 },
    });
  }
  await startOperator(t, { kubeconfig: sharedControlPlane().operatorKubeconfig, namespaces: [namespace] });
  await scene.analysis('run');
  await scene.report('run', { phase: 'Failed' });
  const ended = await scene.settled('run');
  const messages = Object.fromEntries(
    (ledgerOf(ended)?.endpoints ?? []).map(({ name, lastResponse }) => [name, lastResponse?.message ?? '']),
  );
  assert.match(messages['good'] ?? '', /succeeded$/);
  assert.deepEqual(seen['good'], ['operator', 'operator']);
  assert.match(
    messages['expired'] ?? '',
    new RegExp(`certificate expired on ${yesterday.toISOString().slice(0, 10)}`),
  );
  assert.match(messages['wrong'] ?? '', /certificate is for elsewhere\.example, not for localhost/);
  assert.match(messages['unknown'] ?? '', /self-signed certificate/);
  for (const name of ['expired', 'wrong', 'unknown']) assert.deepEqual(seen[name], []);
});

function verify(secret: string, { text, headers }: Pick<Receipt, 'text' | 'headers'>): void {
  new Webhook(secret).verify(text, headers as Record<string, string>);
}

function isValid(secret: string, receipt: Receipt): boolean {
  try {
    verify(secret, receipt);
    return true;
  } catch {
    return false;
  }
}

/** An endpoint whose requests these entries of its Secret sign. */
function signedBy(...keys: string[]): object {
  return {
    signing: { secretRefs: keys.map((key) => ({ name: 'signing', key })) },
    delivery: { initialBackoffSeconds: 1, maxBackoffSeconds: 1 },
  };
}

function entry(key: string): object {
  return { secretKeyRef: { name: 'all', key } };
}
