// Flags and environment variables as one frozen Config. Nothing else reads the environment.
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { type Cidr, parseAddress, parseCidrs } from './delivery/address.ts';

/** The command line or the environment is wrong. The message is one line that says what to write. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  readonly code = 'USAGE';
}

interface BindAddress {
  /** Absent: every address of the machine. */
  readonly host?: string;
  /** 0: any free port. */
  readonly port: number;
}

interface Flag<T> {
  readonly schema: z.ZodType<T, string>;
  readonly default: string;
  /** In `--help`; absent for a flag that takes no value. */
  readonly value?: string;
  readonly help: string;
}

const list = z.string().transform((text) =>
  text
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== ''),
);

const cidrs = z.string().transform((text, context): readonly Cidr[] => {
  try {
    return parseCidrs(text);
  } catch (error) {
    context.addIssue(error instanceof Error ? error.message : String(error));
    return z.NEVER;
  }
});

const ports = list.pipe(
  z.array(
    z
      .string()
      .regex(/^[1-9]\d{0,4}$/, 'must be ports from 1 to 65535 with commas between them, such as 443,8443')
      .transform(Number)
      .pipe(z.int().max(65_535, 'must be ports from 1 to 65535')),
  ),
);

const namespaces = list.pipe(
  z.array(
    z
      .string()
      .regex(
        /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/,
        'must be names of namespaces with commas between them, such as team-a,team-b',
      ),
  ),
);

const count = (most: number) =>
  z
    .string()
    .regex(/^[1-9]\d*$/, `must be a whole number from 1 to ${most}`)
    .transform(Number)
    .pipe(z.int().max(most, `must be a whole number from 1 to ${most}`));

const dnsName = z
  .string()
  .regex(/^([a-z0-9]([a-z0-9-]*[a-z0-9])?)?$/, 'must be lowercase letters, digits and dashes')
  .max(63, 'must have at most 63 characters');

const bindAddress = z
  .string()
  .regex(
    /^(\[[0-9a-fA-F:.]+\]|[0-9a-zA-Z.-]*):\d{1,5}$/,
    'must be a port with a colon before it (:8080), or an address and a port (127.0.0.1:8080)',
  )
  .transform((text): BindAddress => {
    const colon = text.lastIndexOf(':');
    const host = text.slice(0, colon).replace(/^\[|\]$/g, '');
    return { port: Number(text.slice(colon + 1)), ...(host === '' ? {} : { host }) };
  })
  .refine(({ port }) => port <= 65_535, 'must have a port up to 65535');

const flags = {
  'egress-allowed-cidrs': flag(cidrs, {
    value: 'CIDRS',
    help: 'networks that receivers may be in although they are not public, such as 10.0.0.0/8,192.168.7.1/32',
  }),
  'egress-allow-http': flag(
    z.enum(['true', 'false'], 'must be true or false').transform((text) => text === 'true'),
    { default: 'false', help: 'also deliver to http:// URLs, and to port 80' },
  ),
  'egress-ports': flag(ports, {
    value: 'PORTS',
    default: '443,8443',
    help: 'ports that receivers may have; any port in an allowed network',
  }),
  'watch-namespaces': flag(namespaces, {
    value: 'NAMES',
    help: 'only these namespaces; all of them by default',
  }),
  'lease-namespace': flag(dnsName, {
    value: 'NAME',
    help: 'where replicas keep the Leases by which they divide the work; without it this process does all of it',
  }),
  'lease-name': flag(dnsName.min(1, 'must not be empty'), {
    value: 'NAME',
    default: 'heliograph',
    help: 'what the names of these Leases begin with',
  }),
  'lease-duration-seconds': flag(count(3600), {
    value: 'SECONDS',
    default: '15',
    help: 'after how long without a sign of life the work of a replica is taken over',
  }),
  shards: flag(count(1024), {
    value: 'COUNT',
    default: '1',
    help: 'into how many parts the namespaces are divided; each part has one replica that works for it',
  }),
  'health-bind-address': flag(bindAddress, {
    value: 'ADDRESS',
    default: ':8081',
    help: 'where /livez and /readyz answer',
  }),
  'metrics-bind-address': flag(bindAddress, {
    value: 'ADDRESS',
    default: ':8080',
    help: 'where /metrics answers',
  }),
  'log-level': flag(
    z.enum(
      ['trace', 'debug', 'info', 'warn', 'error', 'silent'],
      'must be trace, debug, info, warn, error or silent',
    ),
    { value: 'LEVEL', default: 'info', help: 'what is logged: trace, debug, info, warn, error or silent' },
  ),
};

function flag<T>(
  schema: z.ZodType<T, string>,
  rest: { default?: string; value?: string; help: string },
): Flag<T> {
  return { schema, default: '', ...rest };
}

type Flags = typeof flags;
type Name = keyof Flags;
type ValueOf<N extends Name> = Flags[N] extends Flag<infer T> ? T : never;

export interface Config {
  readonly egress: {
    readonly allowedCidrs: readonly Cidr[];
    readonly allowHttp: boolean;
    readonly allowedPorts: readonly number[];
  };
  /** Empty: all. */
  readonly watchNamespaces: readonly string[];
  readonly healthBindAddress: BindAddress;
  readonly metricsBindAddress: BindAddress;
  /** Absent: this process works alone. */
  readonly lease:
    | {
        readonly namespace: string;
        readonly name: string;
        readonly durationMs: number;
        readonly shards: number;
      }
    | undefined;
  readonly logLevel: ValueOf<'log-level'>;
  readonly kubeconfig: string | undefined;
  /** Of the pod, where there is one. */
  readonly podName: string | undefined;
  readonly podUid: string | undefined;
  /** The pod's own addresses; none outside of a pod. */
  readonly podAddresses: readonly string[];
}

/**
 * @param parameters the command line after the program's name
 * @returns the configuration, or the text that `--help` asks for
 * @throws {UsageError}
 */
export function readConfig(
  parameters: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Config | { readonly help: string } {
  const given = parse(parameters);
  if (given['help'] !== undefined) return { help };
  const value = <N extends Name>(name: N): ValueOf<N> => read(name, given[name], env);
  return Object.freeze({
    egress: {
      allowedCidrs: value('egress-allowed-cidrs'),
      allowHttp: value('egress-allow-http'),
      allowedPorts: value('egress-ports'),
    },
    watchNamespaces: [...new Set(value('watch-namespaces'))],
    lease:
      value('lease-namespace') === ''
        ? undefined
        : {
            namespace: value('lease-namespace'),
            name: value('lease-name'),
            durationMs: value('lease-duration-seconds') * 1000,
            shards: value('shards'),
          },
    healthBindAddress: value('health-bind-address'),
    metricsBindAddress: value('metrics-bind-address'),
    logLevel: value('log-level'),
    kubeconfig: env['KUBECONFIG'],
    podName: env['POD_NAME'],
    podUid: env['POD_UID'],
    podAddresses: podAddresses(env['POD_IP'] ?? ''),
  });
}

/** @param text `status.podIP` or `status.podIPs` of the downward API */
function podAddresses(text: string): readonly string[] {
  const addresses = list.parse(text);
  // What cannot be read would not be guarded.
  if (addresses.some((one) => parseAddress(one) === undefined))
    throw new UsageError(`POD_IP: '${text}' must be the pod's addresses with commas between them`);
  return addresses;
}

function parse(parameters: readonly string[]): Record<string, string | undefined> {
  const withoutValue = new Set<string>(['--help']);
  for (const [name, { value }] of Object.entries(flags))
    if (value === undefined) withoutValue.add(`--${name}`);
  const options = Object.fromEntries([...Object.keys(flags), 'help'].map((name) => [name, stringOption]));
  try {
    const { values } = parseArgs({
      args: parameters.map((one) => (withoutValue.has(one) ? `${one}=true` : one)),
      options,
    });
    return values;
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    throw new UsageError(`${text.split(/[.\n]/, 1).join('')} (--help tells more)`);
  }
}

const stringOption = { type: 'string' } as const;

function read<N extends Name>(
  name: N,
  given: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): ValueOf<N> {
  const variable = variableOf(name);
  const text = given ?? env[variable] ?? flags[name].default;
  const parsed = flags[name].schema.safeParse(text);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the table pairs names and schemas
  if (parsed.success) return parsed.data as ValueOf<N>;
  const source = given === undefined ? variable : `--${name}`;
  throw new UsageError(`${source}: '${text}' ${parsed.error.issues[0]?.message ?? 'is wrong'}`);
}

function variableOf(name: Name): string {
  return `HELIOGRAPH_${name.toUpperCase().replaceAll('-', '_')}`;
}

const help = [
  'Runs the Heliograph operator against the cluster of KUBECONFIG, or the one that it is a pod of.',
  '',
  'Usage: npm start -- [FLAG...]',
  '',
  ...Object.entries<Flag<unknown>>(flags).flatMap(([name, { value, default: preset, help: text }]) => [
    `  --${name}${value === undefined ? '' : ` ${value}`}`,
    `      ${text}${preset === '' || value === undefined ? '' : ` (default ${preset})`}`,
  ]),
  '  --help',
  '      this text',
  '',
  'Lists take commas. Each flag can also be given by the environment: HELIOGRAPH_LOG_LEVEL for --log-level.',
  '',
].join('\n');
