// What workers write as a result comes back as they wrote it, however they write.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseLossless } from '../../src/kube/lossless.ts';
import { objectPath } from '../../src/kube/paths.ts';
import { adminClient, analysisType, applyAnalysis, manifest, newNamespace } from '../support/cluster.ts';
import { kubectl } from '../support/kubectl.ts';

/** Members in the order of the alphabet, as the API server has them. */
const written = {
  'an empty object': '{}',
  'numbers that a double cannot hold':
    '{"least":-9223372036854775808,"list":[9007199254740993,-9007199254740993],"most":9223372036854775807}',
  fractions: '{"half":0.5,"list":[0.1,33.3,-0.000001,1e-7,1.7976931348623157e+308],"pi":3.141592653589793}',
  'lists and objects in one another':
    '{"imageResults":{"a":{"boxes":[[1,2],[],[[{"x":[{}]}]]]}},"jobResults":[{"imageId":"a","tags":[]}]}',
  'text of every kind':
    '{"":"","a b/c~d":"line\\nline\\t\\"quoted\\"","x":"9007199254740993","é":"😀 \\u0000 <&>"}',
  'true, false and null': '{"list":[true,false,null]}',
  'members that are called as those of objects and schemas':
    '{"$ref":"#","apiVersion":"v9","kind":1,"metadata":{"name":"A B"},"status":{"phase":"?"},"x-kubernetes-a":[]}',
};

const ways: Readonly<
  Record<string, (path: string, name: string, namespace: string, result: unknown) => Promise<unknown>>
> = {
  'a merge patch': (path, _name, _namespace, result) =>
    adminClient().patchMerge(path, { status: { result } }),
  'a JSON patch': (path, _name, _namespace, result) =>
    adminClient().patchJson(path, [{ op: 'add', path: '/status/result', value: result }]),
  'a replacement': async (path, _name, _namespace, result) => {
    const current = await adminClient().get<object>(path);
    await adminClient().request({ method: 'PUT', path, body: { ...current, status: { result } } });
  },
  'server-side apply': (path, name, namespace, result) =>
    adminClient().request({
      method: 'PATCH',
      path,
      query: { fieldManager: 'worker' },
      contentType: 'application/apply-patch+yaml',
      body: manifest(analysisType, namespace, name, { status: { result } }),
    }),
  'kubectl patch': async (_path, name, namespace, result) => {
    const patch = JSON.stringify({ status: { result } });
    const target = [`analysis/${name}`, '-n', namespace, '--subresource=status'];
    const { stderr } = await kubectl(['patch', ...target, '--type=merge', `--patch=${patch}`]);
    assert.equal(stderr, '');
  },
};

/** Writes the result in this way to a new Analysis and resolves with what is there then, as text. */
async function kept(namespace: string, way: string, name: string, text: string): Promise<string> {
  await applyAnalysis(namespace, name);
  const path = objectPath(analysisType, namespace, name, 'status');
  await ways[way]?.(path, name, namespace, parseLossless(text));
  const { body } = await adminClient().request({ method: 'GET', path, lossless: true });
  return JSON.stringify((body as { status: { result: unknown } }).status.result);
}

for (const way of Object.keys(ways))
  test(`a result that is written by ${way} is kept as it is`, async (t) => {
    const namespace = await newNamespace(t);
    for (const [index, [title, text]] of Object.entries(written).entries())
      await t.test(title, async () => {
        assert.equal(await kept(namespace, way, `a-${index}`, text), JSON.stringify(parseLossless(text)));
      });
  });

test('members that are null are kept, but a merge patch drops them', async (t) => {
  const namespace = await newNamespace(t);
  const text = '{"a":null,"list":[{"a":null}]}';
  assert.equal(await kept(namespace, 'a JSON patch', 'a', text), text);
  assert.equal(await kept(namespace, 'a replacement', 'b', text), text);
  assert.equal(await kept(namespace, 'server-side apply', 'c', text), text);
  assert.equal(await kept(namespace, 'a merge patch', 'd', text), '{"list":[{}]}');
});

test('an integer of more than 64 bits becomes a double', async (t) => {
  const namespace = await newNamespace(t);
  const large = '{"a":9223372036854775808,"b":18446744073709551615}';
  assert.equal(
    await kept(namespace, 'a merge patch', 'a', large),
    '{"a":9223372036854776000,"b":18446744073709552000}',
  );
});
