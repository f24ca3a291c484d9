// Which headers an endpoint may add to its requests, and what kubectl answers to the rest.
import { secretEntry } from './references.ts';
import { at, items, quoted, required, type Row, text, wrongType } from './row.ts';

const path = 'spec.headers[0]';
const adding = (...headers: object[]) => ({ spec: { headers } });
const named = (...names: string[]) => adding(...names.map((name) => ({ name, value: 'a' })));
const valued = (value: string) => adding({ name: 'X-Api-Key', value });

const noName = (name: string) =>
  `${path}.name: Invalid value: ${quoted(name)}: must be the name of an HTTP header, such as X-Api-Key, without spaces, ` +
  'colons or accented letters';
const reserved = (name: string, index = 0) =>
  `spec.headers[${index}].name: Invalid value: "${name}": must not be a header that is reserved for HTTP itself, the operator ` +
  'or cloud metadata services, such as Host, Cookie, Content-Type, User-Agent (set spec.userAgent), Webhook-Signature ' +
  '(set spec.signing) or Metadata-Flavor';
const twice = 'spec.headers: Invalid value: must have each name once, whatever its case';
const oneOf = `${path}: Invalid value: must have either value or valueFrom, and not both`;
/** Of a value that goes to the receiver as it is. */
export const notPrintable =
  'must be one line of printable ASCII, without line breaks, tabs or accented letters';

/** As their specifications spell them. */
const reservedNames = [
  // HTTP's own, and those of one connection only.
  'Host',
  'Connection',
  'Keep-Alive',
  'TE',
  'Trailer',
  'Transfer-Encoding',
  'Upgrade',
  'Expect',
  'Accept-Encoding',
  'Proxy-Connection',
  'Proxy-Authenticate',
  'Proxy-Authorization',
  'Content-Length',
  'Content-Type',
  'Content-Encoding',
  'Content-',
  'Cookie',
  // Who sent it.
  'User-Agent',
  'Via',
  'Forwarded',
  'X-Forwarded-For',
  'X-Forwarded-Host',
  'X-Forwarded-Proto',
  // The operator's.
  'Traceparent',
  'Tracestate',
  'Webhook-Id',
  'Webhook-Timestamp',
  'Webhook-Signature',
  'Webhook-Anything',
  'Heliograph-Event-Type',
  'Heliograph-Sequence',
  'Heliograph-Attempt',
  'Heliograph-Anything',
  // What metadata services of clouds ask for, so that nobody's request gets there by chance.
  'Metadata',
  'Metadata-Flavor',
  'Metadata-Token',
  'X-Google-Metadata-Request',
  'X-aws-ec2-metadata-token',
  'X-aws-ec2-metadata-token-ttl-seconds',
  'X-aliyun-ecs-metadata-token',
  'X-Metadata-Token',
];

const acceptedNames = [
  'X-Api-Key',
  'Authorization',
  'x',
  'X_UNDERSCORE',
  'Accept',
  'Origin',
  '!#$%&*+.^_`|~-0aZ',
  // These only begin like reserved ones, or end like them.
  'Hosts',
  'X-Host',
  'Content',
  'X-Content-Type',
  'Te-a',
  'Via-b',
  'Webhook',
  'X-Webhook-Id',
  'Proxy',
  'X-Forwarded',
  'Metadatas',
  'X-Metadata',
  'X-Cookie',
];

const noNames = [
  '',
  ' ',
  'X Api Key',
  'X-Api-Key:',
  ' X-Api-Key',
  'X-Api-Key ',
  'X-Api-Key\n',
  'X-A\r\nHost',
  'X-A\tB',
  'X-A\u0000',
  'X-A\u007f',
  'X-Cl\u00e9',
  // Letters that lower-casing would make a K of "cookie" or an S of "host".
  'coo\u212aie',
  'ho\u017ft',
  '(x)',
  'a/b',
  'a"b',
  "a'b",
  'a,b',
  'a@b',
  '{x}',
  '[x]',
];

const unprintable = [
  'a\nb',
  'a\r\nHost: b',
  'a\r',
  '\n',
  'a\tb',
  '\u0000',
  'a\u007f',
  'caf\u00e9',
  '\u200b',
  '\u212a',
];

const withValue = valued('a');
const fromSecret = adding({ name: 'X-Api-Key', valueFrom: { secretKeyRef: { name: 'keys', key: 'api' } } });

export const headers: readonly Row[] = [
  ...acceptedNames.map((name): Row => [`a header may be ${name}`, named(name)]),
  ...reservedNames
    .flatMap((name) => [name, name.toLowerCase(), name.toUpperCase()])
    .filter((name, index, all) => all.indexOf(name) === index)
    .map((name): Row => [`a header may not be ${name}`, named(name), reserved(name)]),
  ...noNames.map((name): Row => [`a header may not be called ${quoted(name)}`, named(name), noName(name)]),
  ['every header is looked at', named('X-A', 'X-B', 'host'), reserved('host', 2)],
  ...required([`${path}.name`], withValue),
  ...text(`${path}.name`, 128, withValue),

  ['a header may be there once', named('X-A', 'X-B', 'X-a-')],
  ['a header may not be there twice', named('X-A', 'X-B', 'X-A'), twice],
  ['a header may not be there in two cases', named('X-Api-Key', 'x-api-KEY'), twice],
  [
    'a header may not have a value here and one in a Secret there',
    adding({ name: 'X-A', value: 'a' }, { ...fromSecret.spec.headers[0], name: 'x-a' }),
    twice,
  ],
  ...items('spec.headers', 16, (index) => ({ name: `X-${index}`, value: 'a' })),
  ['there may be no headers', adding()],
  ['headers are a list', { spec: { headers: 'X-Api-Key: a' } }, wrongType('spec.headers', 'array', 'string')],

  ['a value may be empty', valued('')],
  ['a value may have all of printable ASCII', valued(printableAscii())],
  ...unprintable.map(
    (value): Row => [
      `a value may not be ${quoted(value)}`,
      valued(value),
      `${path}.value: Invalid value: ${quoted(value)}: ${notPrintable}`,
    ],
  ),
  ...text(`${path}.value`, 1024, withValue),

  ['a value may be in a Secret', fromSecret],
  ['a header has a value', adding({ name: 'X-A' }), oneOf],
  ['a header has no two values', adding({ ...fromSecret.spec.headers[0], value: 'a' }), oneOf],
  ['an empty value is one beside a Secret', adding({ ...fromSecret.spec.headers[0], value: '' }), oneOf],
  ...required([`${path}.valueFrom.secretKeyRef`], fromSecret),
  ...secretEntry(`${path}.valueFrom.secretKeyRef`, fromSecret),
  [
    'valueFrom is an object',
    at(`${path}.valueFrom`, 'keys', adding({ name: 'X-A' })),
    wrongType(`${path}.valueFrom`, 'object', 'string'),
  ],
];

function printableAscii(): string {
  return String.fromCharCode(...Array.from({ length: 95 }, (_, index) => 32 + index));
}
