// What a receiver's URL may look like. The rules keep every spelling out that two parsers could read
// differently (hexadecimal hosts, tabs, full-width digits), before it is stored.
import { type Rule, text, validations } from './fields.ts';

const octet = '(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])';
const label = '[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?';
const lastLabel = '[a-z]([a-z0-9-]{0,61}[a-z0-9])?';
const host = `((${label}[.])*${lastLabel}|(${octet}[.]){3}${octet}|\\\\[[0-9a-f:.]{2,45}\\\\])`;

const port = '([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])';

const rules: readonly Rule[] = [
  {
    rule: "self.startsWith('https://') || self.startsWith('http://')",
    message: 'must start with https:// (or http://, where the administrator allows it)',
  },
  {
    rule: "self.matches('^[!-~]*$') && !self.contains('\\\\')",
    message: 'must be printable ASCII without spaces and backslashes: percent-encode other characters',
  },
  { rule: "!self.contains('#')", message: 'must have no fragment: remove the # and what follows' },
  {
    rule: "!self.matches('^https?://[^/?#]*@')",
    message: 'must have no user name or password in front of the host',
  },
  {
    rule: `!self.matches('^https?://[!-~]*$') || self.matches('^https?://[^/?#]*@') || self.matches('^https?://${host}(:${port})?([/?#]|$)')`,
    message:
      'must name the host as a DNS name in lower case whose last label starts with a letter (example.com), ' +
      'as a dotted IPv4 address (203.0.113.7) or as an IPv6 address in brackets ([2001:db8::7]), ' +
      'with a port from 1 to 65535 behind it if any',
  },
];

export const url = () => text(2048).meta(validations(...rules));
