// Paths of resources on the API server.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { collectionPath, objectPath } from '../../../src/kube/paths.ts';

const configMaps = { group: '', version: 'v1', plural: 'configmaps', kind: 'ConfigMap' };
const analyses = { group: 'heliograph.dev', version: 'v1alpha1', plural: 'analyses', kind: 'Analysis' };

test('a collection is in one namespace or in all', () => {
  assert.equal(collectionPath(configMaps), '/api/v1/configmaps');
  assert.equal(collectionPath(configMaps, 'ochy'), '/api/v1/namespaces/ochy/configmaps');
  assert.equal(collectionPath(analyses), '/apis/heliograph.dev/v1alpha1/analyses');
  assert.equal(collectionPath(analyses, 'ochy'), '/apis/heliograph.dev/v1alpha1/namespaces/ochy/analyses');
});

test('an object is below its collection, a subresource below the object', () => {
  const path = '/apis/heliograph.dev/v1alpha1/namespaces/ochy/analyses/run-7';
  assert.equal(objectPath(analyses, 'ochy', 'run-7'), path);
  assert.equal(objectPath(analyses, 'ochy', 'run-7', 'status'), `${path}/status`);
  assert.equal(objectPath(configMaps, undefined, 'x'), '/api/v1/configmaps/x');
});

test('a name cannot lead out of its collection', () => {
  assert.equal(
    objectPath(configMaps, 'a/b', '../secrets?x#y'),
    '/api/v1/namespaces/a%2Fb/configmaps/..%2Fsecrets%3Fx%23y',
  );
});
