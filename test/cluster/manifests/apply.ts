// Applies many manifests in one run of kubectl, which takes as long to start as to apply fifty.
import type { ResourceType } from '../../../src/kube/paths.ts';
import { manifest } from '../../support/cluster.ts';
import { kubectl } from '../../support/kubectl.ts';
import type { Row } from './row.ts';

/** The API server adds it to many refusals by the schema; it says nothing of the manifest. */
const boilerplate =
  ', <nil>: Invalid value: null: some validation rules were not checked because the object was invalid; ' +
  'correct the existing errors to complete validation';

/**
 * Resolves with what kubectl says is wrong with each manifest, in order: its lines joined by a comma, nothing where
 * it was accepted. Every manifest is `base` with the row's content on top.
 */
export async function applyAll(
  type: ResourceType,
  namespace: string,
  rows: readonly Row[],
  base: object = {},
): Promise<string[]> {
  const documents = rows.map(([, content], index) =>
    merge(manifest(type, namespace, `row-${index}`), merge(base, content)),
  );
  const { stdout, stderr } = await kubectl(['apply', '-f', '-'], {
    // Not as a List: for that kubectl would use an older validation of its own.
    input: documents.map(asciiJson).join('\n---\n'),
  });
  const refusals = readRefusals(stderr);
  return rows.map((_, index) => {
    const refusal = refusals.get(`row-${index}`);
    if (refusal !== undefined) return refusal;
    if (stdout.includes(`/row-${index} created\n`)) return '';
    throw new Error(`kubectl said nothing of row-${index}: ${stderr}`);
  });
}

/** What kubectl prints for `… "a" is invalid: …`, by name: one error, or several in brackets. */
function readRefusals(stderr: string): ReadonlyMap<string, string> {
  const lines = stderr.matchAll(/^Error from server \(Invalid\): .*? "([\w-]+)" is invalid: (.*)$/gm);
  return new Map(
    lines.map(([, name = '', errors = '']) => [
      name,
      errors.replace(boilerplate, '').replace(/^\[(.*)\]$/, '$1'),
    ]),
  );
}

/** YAML, as which kubectl reads it, takes some characters only in an escaped form. */
function asciiJson(value: object): string {
  return JSON.stringify(value).replaceAll(
    /[\u007f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Objects are merged; anything else of `over` replaces. */
function merge(under: object, over: object): object {
  const merged: Record<string, unknown> = { ...under };
  for (const [key, value] of Object.entries(over))
    merged[key] = isObject(merged[key]) && isObject(value) ? merge(merged[key], value) : value;
  return merged;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
