// References to what an endpoint keeps elsewhere. They carry a name and never a namespace: it is the object's own.
import { z } from 'zod';
import { objectName, type Rule, text, validations } from './fields.ts';

// Names and keys that nothing can have would wait for ever for something to appear.
const nameRule = (kind: string): Rule => ({
  rule: '!format.dns1123Subdomain().validate(self).hasValue()',
  message: `must be the name of a ${kind}: lower-case letters, digits, - and ., with a letter or digit at both ends`,
});
const keyRule: Rule = {
  rule: "self.matches('^[0-9A-Za-z_.-]+$')",
  message: 'must be the key of an entry: letters, digits, -, _ and .',
};

const name = (kind: string) =>
  objectName()
    .meta(validations(nameRule(kind)))
    .describe(`The name of the ${kind}, in the namespace of this object.`);
const key = () => text(253).meta(validations(keyRule)).describe('Which of its entries.');

export const secretKeyRef = () => z.object({ name: name('Secret'), key: key() });

export const caRef = () =>
  z.object({
    kind: z.enum(['Secret', 'ConfigMap']).describe('Where the certificates are.'),
    name: name('Secret or ConfigMap'),
    key: key(),
  });

export const secretRef = () => z.object({ name: name('Secret') });
