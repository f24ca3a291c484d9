// Bugs in where the operator connects to, and in what it keeps of an answer.
import type { Mutant } from '../mutant.ts';

const hostile = {
  file: 'test/cluster/hostile.test.ts',
  path: ['what the status shows of hostile inputs'],
} as const;

const redirected = {
  file: 'test/cluster/answers.test.ts',
  path: ['a redirect is neither followed nor taken for an acknowledgement'],
} as const;

export const receivers: readonly Mutant[] = [
  {
    name: 'guard-before-dns',
    breaks: "egress: an address in a URL is checked, but not the addresses that a name's look-up gives",
    edits: [
      {
        file: 'delivery/connect.ts',
        from: `  { egress, resolver, tls }: ConnectOptions,
): Promise<Socket> {`,
        to: `  { egress: rules, resolver, tls }: ConnectOptions,
): Promise<Socket> {
  const everything = ([4, 6] as const).map((family) => ({ family, value: 0n, prefix: 0 }));
  const isName = literalAddress(target.host) === undefined;
  const egress = isName ? { ...rules, allowedCidrs: everything, guarded: [] } : rules;`,
      },
    ],
    caughtBy: {
      file: 'test/cluster/retry.test.ts',
      path: ['an operator without permission for http or loopback sends nothing and says why'],
    },
  },
  {
    name: 'redirect-is-success',
    breaks: 'delivery: a redirect counts as an acknowledgement',
    edits: [
      {
        file: 'delivery/outcome.ts',
        from: 'if (statusCode >= 200 && statusCode <= 299)',
        to: 'if (statusCode >= 200 && statusCode <= 399)',
      },
    ],
    caughtBy: redirected,
  },
  {
    name: 'redirect-followed',
    breaks: 'egress: a redirect is followed',
    edits: [
      {
        file: 'delivery/transport.ts',
        from: `import type { Pool } from 'undici';`,
        to: `import { interceptors, type Pool } from 'undici';`,
      },
      {
        file: 'delivery/transport.ts',
        from: 'pool.dispatch(',
        to: 'pool.compose(interceptors.redirect({ maxRedirections: 3 })).dispatch(',
      },
      {
        file: 'delivery/transport.ts',
        from: `{ method: 'POST', path,`,
        to: `{ origin: url.origin, method: 'POST', path,`,
      },
    ],
    caughtBy: redirected,
  },
  {
    name: 'secrets-recorded',
    breaks: 'I12: what a receiver echoes of a Secret gets into status',
    edits: [
      {
        file: 'delivery/redact.ts',
        from: 'if (text.length < minLength) return text;',
        to: 'if (text.length >= 0) return text;',
      },
    ],
    caughtBy: {
      file: 'test/cluster/secrets.test.ts',
      path: [
        'Secrets',
        'I12: a secret URL and what receivers echo appear in no status, Event, log or metric',
      ],
    },
  },
  {
    name: 'body-cut-unencoded',
    breaks: 'I10: the body is cut at 512 bytes as they came, which the API server may encode as 3,072',
    edits: [
      {
        file: 'delivery/response-text.ts',
        from: 'bytes += encodedBytes(character);',
        to: 'bytes += Buffer.byteLength(character);',
      },
      {
        file: 'delivery/response-text.ts',
        from: 'if (text.length * 6 <= maxEncodedBytes) return text;',
        to: 'if (Buffer.byteLength(text) <= maxEncodedBytes) return text;',
      },
    ],
    caughtBy: hostile,
  },
  {
    name: 'body-read-to-end',
    breaks: 'I11: an answer is read for as long as a receiver sends, and kept in memory',
    edits: [
      {
        file: 'delivery/exchange.ts',
        from: 'const maxBodyBytes = 16 * 1024;',
        to: 'const maxBodyBytes = Infinity;',
      },
    ],
    caughtBy: {
      file: 'test/cluster/answers.test.ts',
      path: ['an answer without end is left as soon as there is enough of it'],
    },
  },
];
