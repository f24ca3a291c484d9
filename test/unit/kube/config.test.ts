// Where the API server is and how to authenticate.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { stringify } from 'yaml';
import { loadClusterConfig } from '../../../src/kube/config.ts';
import { ConfigError } from '../../../src/kube/errors.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** A folder that is removed after the test. */
function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'heliograph-config-'));
  t.after(() => rmSync(path, { recursive: true }));
  return path;
}

interface Parts {
  name?: string;
  cluster?: object;
  user?: object;
  context?: object;
  currentContext?: string;
}

/** Writes a kubeconfig and returns its path. */
function kubeconfig(dir: string, parts: Parts = {}): string {
  const { name = 'one', cluster = {}, user = {}, context = {}, currentContext = name } = parts;
  const file = join(dir, `${name}.yaml`);
  const content = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server: `https://${name}.example:6443`, ...cluster } }],
    users: [{ name, user }],
    contexts: [{ name, context: { cluster: name, user: name, ...context } }],
    'current-context': currentContext,
  };
  writeFileSync(file, stringify(content));
  return file;
}

/** Of a kubeconfig with these parts. */
const load = (t: TestContext, parts: Parts) =>
  loadClusterConfig({ KUBECONFIG: kubeconfig(folder(t), parts) });

test('a kubeconfig says where the server is, whom to trust and who we are', async (t) => {
  const config = load(t, {
    cluster: {
      server: 'https://rancher.example/k8s/clusters/c-1',
      'certificate-authority-data': base64('ca'),
    },
    user: { token: 'secret' },
    context: { namespace: 'ochy' },
  });
  assert.equal(config.baseUrl.href, 'https://rancher.example/k8s/clusters/c-1');
  assert.equal(config.namespace, 'ochy');
  assert.deepEqual(config.tls, { ca: Buffer.from('ca') });
  assert.deepEqual(await config.headers(), { Authorization: 'Bearer secret' });
});

test('a context without a namespace means the namespace default', (t) => {
  assert.equal(load(t, {}).namespace, 'default');
});

test('a client certificate comes from data or from files beside the kubeconfig', (t) => {
  const data = load(t, {
    user: { 'client-certificate-data': base64('cert'), 'client-key-data': base64('key') },
  });
  assert.deepEqual(data.tls, { cert: Buffer.from('cert'), key: Buffer.from('key') });
  const dir = folder(t);
  for (const name of ['ca', 'cert', 'key']) writeFileSync(join(dir, `${name}.pem`), name);
  const file = kubeconfig(dir, {
    cluster: { 'certificate-authority': 'ca.pem' },
    user: { 'client-certificate': 'cert.pem', 'client-key': 'key.pem' },
  });
  assert.deepEqual(loadClusterConfig({ KUBECONFIG: file }).tls, {
    ca: Buffer.from('ca'),
    cert: Buffer.from('cert'),
    key: Buffer.from('key'),
  });
});

test('verification is off, or of another name, only where the kubeconfig says so', (t) => {
  assert.deepEqual(load(t, {}).tls, {});
  assert.deepEqual(load(t, { cluster: { 'insecure-skip-tls-verify': true } }).tls, {
    rejectUnauthorized: false,
  });
  assert.deepEqual(load(t, { cluster: { 'tls-server-name': 'kubernetes' } }).tls, {
    servername: 'kubernetes',
  });
});

test('a user may have a password, or act as somebody else', async (t) => {
  const basic = load(t, { user: { username: 'ann', password: 'pass:word' } });
  assert.deepEqual(await basic.headers(), { Authorization: `Basic ${base64('ann:pass:word')}` });
  const other = load(t, { user: { token: 'secret', as: 'bob' } });
  assert.deepEqual(await other.headers(), { Authorization: 'Bearer secret', 'Impersonate-User': 'bob' });
});

test('of several files the first that says so chooses the context, and the others add to it', async (t) => {
  const dir = folder(t);
  const one = kubeconfig(dir, { name: 'one', currentContext: 'two' });
  const two = kubeconfig(dir, { name: 'two', user: { token: 'of two' }, currentContext: 'one' });
  const config = loadClusterConfig({ KUBECONFIG: `${one}::${two}` });
  assert.equal(config.baseUrl.hostname, 'two.example');
  assert.deepEqual(await config.headers(), { Authorization: 'Bearer of two' });
});

/** A credential plugin that counts its runs, and fails while there is no file `credential.json`. */
function plugin(dir: string): { user: object; runs: () => number; issue: (token: string) => void } {
  const runs = join(dir, 'runs');
  const credential = join(dir, 'credential.json');
  const script = `echo run >> '${runs}' && cat '${credential}'`;
  const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: '/bin/sh', args: ['-c', script] };
  const issue = (token: string) => {
    // It has ended already, so that nobody but us keeps it.
    const status = { token, expirationTimestamp: '2000-01-01T00:00:00Z' };
    writeFileSync(credential, JSON.stringify({ status }));
  };
  return { user: { exec }, runs: () => readFileSync(runs, 'utf8').split('run').length - 1, issue };
}

test('a credential plugin runs once a minute, however many requests there are', async (t) => {
  const dir = folder(t);
  const { user, runs, issue } = plugin(dir);
  let nowMs = 0;
  const config = loadClusterConfig({ KUBECONFIG: kubeconfig(dir, { user }) }, () => nowMs);
  issue('first');
  const all = await Promise.all(Array.from({ length: 10 }, () => config.headers()));
  assert.deepEqual(new Set(all.map((headers) => headers['Authorization'])), new Set(['Bearer first']));
  issue('second');
  nowMs = 59_999;
  assert.deepEqual(await config.headers(), { Authorization: 'Bearer first' });
  assert.equal(runs(), 1);
  nowMs = 60_000;
  assert.deepEqual(await config.headers(), { Authorization: 'Bearer second' });
  assert.equal(runs(), 2);
});

test('a credential plugin that fails is asked again at the next request', async (t) => {
  const dir = folder(t);
  const { user, runs, issue } = plugin(dir);
  const config = loadClusterConfig({ KUBECONFIG: kubeconfig(dir, { user }) }, () => 0);
  await assert.rejects(config.headers(), /credential.json/);
  issue('late');
  assert.deepEqual(await config.headers(), { Authorization: 'Bearer late' });
  assert.equal(runs(), 2);
});

test('a token file is read again as it is renewed, and its newline is no part of the token', async (t) => {
  const dir = folder(t);
  const tokenFile = join(dir, 'token');
  const user = { 'auth-provider': { name: 'tokenFile', config: { tokenFile } } };
  t.mock.timers.enable({ apis: ['Date'] });
  let nowMs = 0;
  const config = loadClusterConfig({ KUBECONFIG: kubeconfig(dir, { user }) }, () => nowMs);
  writeFileSync(tokenFile, 'first\n');
  assert.deepEqual(await config.headers(), { Authorization: 'Bearer first' });
  writeFileSync(tokenFile, 'second\n');
  assert.deepEqual(await config.headers(), { Authorization: 'Bearer first' });
  nowMs = 61_000;
  t.mock.timers.setTime(61_000);
  assert.deepEqual(await config.headers(), { Authorization: 'Bearer second' });
});

const refusals: readonly { of: string; parts: Parts; message: RegExp }[] = [
  {
    of: 'a context that does not exist',
    parts: { currentContext: 'other' },
    message: /one\.yaml: the current context 'other' has no cluster$/,
  },
  {
    of: 'a context whose cluster does not exist',
    parts: { context: { cluster: 'other' } },
    message: /the current context 'one' has no cluster$/,
  },
  { of: 'a server that is no URL', parts: { cluster: { server: 'here' } }, message: /no http or https URL$/ },
  {
    of: 'a server of another scheme',
    parts: { cluster: { server: 'ftp://one.example' } },
    message: /no http or https URL$/,
  },
  {
    of: 'a proxy',
    parts: { cluster: { 'proxy-url': 'http://proxy.example' } },
    message: /proxy-url is not supported$/,
  },
  {
    of: 'an authority whose file is missing',
    parts: { cluster: { 'certificate-authority': 'missing.pem' } },
    message: /missing\.pem/,
  },
];

for (const { of, parts, message } of refusals)
  test(`${of} is refused in one line that names the kubeconfig`, (t) => {
    assert.throws(
      () => load(t, parts),
      (error: unknown) => {
        assert.ok(error instanceof ConfigError);
        assert.match(error.message, message);
        assert.match(error.message, /one\.yaml/);
        return !error.message.includes('\n');
      },
    );
  });

test('a kubeconfig that cannot be read is refused in one line that names it', (t) => {
  const dir = folder(t);
  const broken = join(dir, 'broken.yaml');
  writeFileSync(broken, 'clusters: [\n  {');
  for (const file of [join(dir, 'absent.yaml'), broken])
    assert.throws(
      () => loadClusterConfig({ KUBECONFIG: file }),
      (error: unknown) =>
        error instanceof ConfigError && error.message.includes(file) && !error.message.includes('\n'),
    );
});

const inPod = existsSync('/var/run/secrets/kubernetes.io/serviceaccount/token');

test('without KUBECONFIG the one of the home folder counts, if there is one', { skip: inPod }, (t) => {
  const home = folder(t);
  const before = process.env['HOME'];
  process.env['HOME'] = home;
  t.after(() => {
    if (before === undefined) delete process.env['HOME'];
    else process.env['HOME'] = before;
  });
  for (const KUBECONFIG of [undefined, ''])
    assert.throws(
      () => loadClusterConfig({ KUBECONFIG }),
      (error: unknown) => error instanceof ConfigError && /^no cluster: .*\.kube\/config/.test(error.message),
    );
  mkdirSync(join(home, '.kube'));
  const content = readFileSync(kubeconfig(home, { name: 'home' }));
  writeFileSync(join(home, '.kube', 'config'), content);
  assert.equal(loadClusterConfig({ KUBECONFIG: '' }).baseUrl.hostname, 'home.example');
});
