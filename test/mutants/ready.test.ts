// A build that does not even start would fail every test: no mutant counts as caught that does not pass this one.
import { test } from 'node:test';
import { newNamespace } from '../support/cluster.ts';
import { sharedControlPlane } from '../support/control-plane.ts';
import { startOperator } from '../support/operator.ts';

test('the build becomes ready', async (t) => {
  const { operatorKubeconfig: kubeconfig } = sharedControlPlane();
  await startOperator(t, { kubeconfig, namespaces: [await newNamespace(t)] });
});
