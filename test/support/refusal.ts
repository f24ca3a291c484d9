// How the API server words that a rule refuses a value, which differs between its releases.
import { controlPlanes } from '../../tools/control-plane/program-sets.ts';
import { wantedRelease } from './control-plane.ts';

/**
 * For both sides of a comparison. The newest release shows the value, older ones name its type: there, and only there,
 * neither is looked at.
 */
export function refusal(text: string): string {
  if (wantedRelease() === controlPlanes[0]) return text;
  const shown = /Invalid value: (?:"(?:[^"\\]|\\.)*"|[-\d.]+|true|false): /g;
  const ofAnotherType = / in body must be of type .*$/gm;
  return text.replaceAll(shown, 'Invalid value: ').replaceAll(ofAnotherType, ' is of another type');
}
