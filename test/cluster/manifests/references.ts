// What an endpoint may refer to: the URL in a Secret, signing secrets, certificates. And url beside urlFrom.
import { at, choice, items, quoted, required, type Row, text, wrongType } from './row.ts';

const ref = { name: 'hooks', key: 'value' };

/** The name of a Secret or ConfigMap; `base` has a valid one there. */
function names(path: string, kind: string, base: object): Row[] {
  const help = `must be the name of a ${kind}: lower-case letters, digits, - and ., with a letter or digit at both ends`;
  return [
    ...required([path], base),
    ...text(path, 253, base),
    ...[
      '',
      'Hooks',
      'my_hooks',
      'my hooks',
      'other/hooks',
      '..',
      '../other',
      '-a',
      'a.',
      'h\u00f6',
      'a\n',
    ].map(
      (name): Row => [
        `${path} may not be ${quoted(name)}`,
        at(path, name, base),
        `${path}: Invalid value: ${quoted(name)}: ${help}`,
      ],
    ),
    [`${path} may have dots and digits`, at(path, '1.hooks-a.b2', base)],
  ];
}

/** The key of an entry; `base` has a valid one there. */
function keys(path: string, base: object): Row[] {
  return [
    ...required([path], base),
    ...text(path, 253, base),
    ...['', 'a b', 'a/b', 'a:b', 'cl\u00e9', 'a\n'].map(
      (key): Row => [
        `${path} may not be ${quoted(key)}`,
        at(path, key, base),
        `${path}: Invalid value: ${quoted(key)}: must be the key of an entry: letters, digits, -, _ and .`,
      ],
    ),
    [`${path} may have every character that keys have`, at(path, 'Tls_1-x.crt', base)],
  ];
}

/** An entry of a Secret; `base` has a valid one at the path. */
export function secretEntry(path: string, base: object): Row[] {
  return [
    ...names(`${path}.name`, 'Secret', base),
    ...keys(`${path}.key`, base),
    [`${path} is an object`, at(path, 'hooks', base), wrongType(path, 'object', 'string')],
  ];
}

const both = 'spec: Invalid value: must have either url or urlFrom, and not both';
const fromSecret = { spec: { url: undefined, urlFrom: { secretKeyRef: ref } } };
const signed = (count: number) => ({
  spec: {
    signing: { secretRefs: Array.from({ length: count }, (_, index) => ({ ...ref, key: `k${index}` })) },
  },
});
const trusting = { spec: { tls: { caRef: { kind: 'ConfigMap', ...ref } } } };
const authenticating = { spec: { tls: { clientCertificateRef: { name: 'client' } } } };

export const references: readonly Row[] = [
  ['a URL may be in a Secret', fromSecret],
  ['there may not be two URLs', { spec: { urlFrom: { secretKeyRef: ref } } }, both],
  ['there may not be no URL', { spec: { url: undefined } }, both],
  ['an empty URL is one beside a Secret', { spec: { ...fromSecret.spec, url: 'https://a.b' } }, both],
  ...required(['spec.urlFrom.secretKeyRef'], fromSecret),
  ...secretEntry('spec.urlFrom.secretKeyRef', fromSecret),
  [
    'urlFrom is an object',
    { spec: { url: undefined, urlFrom: 'hooks' } },
    wrongType('spec.urlFrom', 'object', 'string'),
  ],

  ...[1, 2, 3].map((count): Row => [`${count} secrets may sign`, signed(count)]),
  [
    'there may not be no secret to sign with',
    signed(0),
    'spec.signing.secretRefs: Invalid value: 0: spec.signing.secretRefs in body should have at least 1 items',
  ],
  ...items('spec.signing.secretRefs', 3, () => ref),
  ...required(['spec.signing.secretRefs'], signed(1)),
  ...secretEntry('spec.signing.secretRefs[0]', signed(1)),
  [
    'every secret is looked at',
    { spec: { signing: { secretRefs: [ref, ref, { ...ref, name: 'Hooks' }] } } },
    'spec.signing.secretRefs[2].name: Invalid value: "Hooks": must be the name of a Secret: lower-case letters, digits, - and ., ' +
      'with a letter or digit at both ends',
  ],
  [
    'secretRefs are a list',
    { spec: { signing: { secretRefs: 'hooks' } } },
    wrongType('spec.signing.secretRefs', 'array', 'string'),
  ],
  ['signing is an object', { spec: { signing: true } }, wrongType('spec.signing', 'object', 'boolean')],

  ['tls may say nothing', { spec: { tls: {} } }],
  ['tls may say everything', { spec: { tls: { ...trusting.spec.tls, ...authenticating.spec.tls } } }],
  ['tls is an object', { spec: { tls: 'off' } }, wrongType('spec.tls', 'object', 'string')],
  ...choice('spec.tls.caRef.kind', ['Secret', 'ConfigMap'], trusting),
  ...required(['spec.tls.caRef.kind'], trusting),
  ...names('spec.tls.caRef.name', 'Secret or ConfigMap', trusting),
  ...keys('spec.tls.caRef.key', trusting),
  ['caRef is an object', { spec: { tls: { caRef: 'ca' } } }, wrongType('spec.tls.caRef', 'object', 'string')],
  ...names('spec.tls.clientCertificateRef.name', 'Secret', authenticating),
  [
    'clientCertificateRef is an object',
    { spec: { tls: { clientCertificateRef: 'client' } } },
    wrongType('spec.tls.clientCertificateRef', 'object', 'string'),
  ],
];
