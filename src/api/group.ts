// The names by which users and the API server know Heliograph's resources.

export const group = 'heliograph.dev';
export const version = 'v1alpha1';
export const apiVersion = `${group}/${version}`;

export const analyses = { kind: 'Analysis', plural: 'analyses', singular: 'analysis', shortNames: ['anl'] };
export const webhookEndpoints = {
  kind: 'WebhookEndpoint',
  plural: 'webhookendpoints',
  singular: 'webhookendpoint',
  shortNames: ['whe'],
};

/** On a WebhookEndpoint: any new value sends one ping. */
export const pingAnnotation = `${group}/ping`;

/** On an Analysis: `<failed, all or a sequence>.<any new value>` sends those events again. */
export const redeliverLabel = `${group}/redeliver`;
