// The chart's manifests, rendered by the real helm.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { repository } from '../../tools/control-plane/paths.ts';
import { chart, helm } from '../support/helm.ts';

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

/** Of the values in ci/, one for each feature; paths from the repository's root. */
export const featureFiles = readdirSync(join(repository, chart, 'ci')).map((file) => join(chart, 'ci', file));

/** The release `heliograph` in the namespace `default`, as text. Throws an Error with helm's message. */
export async function renderText(parameters: readonly string[] = []): Promise<string> {
  return await helm(['template', 'heliograph', chart, '--namespace', 'default', ...parameters]);
}

export async function render(parameters: readonly string[] = []): Promise<Manifest[]> {
  return parseManifests(await renderText(parameters));
}

/** Throws an Error about text that is not YAML, a key that is there twice included. */
export function parseManifests(text: string): Manifest[] {
  return parseAllDocuments(text).flatMap((document): Manifest[] => {
    if (document.errors[0] !== undefined) throw document.errors[0];
    const manifest: Manifest | null = document.toJS();
    return manifest === null ? [] : [manifest];
  });
}

/** The only one of a kind, and of a name where several have that kind. */
export function find(manifests: readonly Manifest[], kind: string, name?: string): Manifest {
  const found = manifests.filter(
    (one) => one.kind === kind && (name ?? one.metadata.name) === one.metadata.name,
  );
  if (found.length !== 1 || found[0] === undefined)
    throw new Error(`there are ${found.length} of ${kind} ${name ?? ''}`);
  return found[0];
}

/** As its controller would make it. */
export function podOf(deployment: Manifest): Manifest {
  const { template } = deployment['spec'] as { template: { metadata: object; spec: object } };
  const { name, namespace } = deployment.metadata;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { ...template.metadata, name, ...(namespace !== undefined && { namespace }) },
    spec: template.spec,
  };
}
