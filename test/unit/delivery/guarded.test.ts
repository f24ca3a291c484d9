// The API server's address and the pod's own stay closed, whatever wide network an administrator opens.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readConfig, UsageError } from '../../../src/config.ts';
import { parseCidrs } from '../../../src/delivery/address.ts';
import { refuseAddress } from '../../../src/delivery/egress.ts';
import { addressesOf, guardedAddresses } from '../../../src/delivery/guarded.ts';

test('guarded addresses open by their very address only, in every spelling', () => {
  const guarded = guardedAddresses({
    pod: ['10.244.1.7', 'fd00:10:244::7'],
    apiServer: ['10.96.0.1', '10.96.0.1', '172.18.0.2'],
  });
  assert.deepEqual(guarded, ['10.244.1.7', 'fd00:10:244::7', '10.96.0.1', '172.18.0.2']);
  const refusal = (address: string, cidrs: string) =>
    refuseAddress(address, 443, { allowedCidrs: parseCidrs(cidrs), allowHttp: false, guarded })?.message;
  const wide = '10.0.0.0/8,172.16.0.0/12,fd00::/8';
  for (const address of [...guarded, '::ffff:a60:1', '::ffff:10.96.0.1', 'FD00:10:244:0:0:0:0:7'])
    assert.match(refusal(address, wide) ?? '', /^the address .* is not allowed/, address);
  assert.equal(
    refusal('10.96.0.1', wide),
    'the address 10.96.0.1 is not allowed: an administrator can add 10.96.0.1/32 to --egress-allowed-cidrs',
  );
  assert.equal(refusal('10.96.0.2', wide), undefined);
  assert.equal(refusal('10.96.0.1', `${wide},10.96.0.1/32`), undefined);
});

test("the API server's host is looked up, and one that cannot be found guards nothing", async () => {
  assert.deepEqual(await addressesOf('10.96.0.1'), ['10.96.0.1']);
  assert.deepEqual(await addressesOf('[fd00::1]'), ['fd00::1']);
  const asked: string[] = [];
  const find = async (host: string) => {
    asked.push(host);
    return [{ address: '192.0.2.1' }, { address: '2001:db8::1' }];
  };
  assert.deepEqual(await addressesOf('api.example', find), ['192.0.2.1', '2001:db8::1']);
  assert.deepEqual(asked, ['api.example']);
  assert.deepEqual(await addressesOf('api.example', () => Promise.reject(new Error('no DNS'))), []);
});

test("the pod's addresses come from the environment, and a malformed one stops the start", () => {
  assert.deepEqual(addresses({}), []);
  assert.deepEqual(addresses({ POD_IP: '10.244.1.7' }), ['10.244.1.7']);
  assert.deepEqual(addresses({ POD_IP: '10.244.1.7,fd00::7' }), ['10.244.1.7', 'fd00::7']);
  assert.throws(() => addresses({ POD_IP: '10.244.1.07' }), UsageError);
});

function addresses(env: Record<string, string>): readonly string[] | undefined {
  const config = readConfig([], env);
  return 'help' in config ? undefined : config.podAddresses;
}
