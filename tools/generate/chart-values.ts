// What the chart's values may be: values.schema.json is made from this, and Helm checks every install against it.
import { z } from 'zod';

const switchable = z.strictObject({ enabled: z.boolean() });
const creatable = z.strictObject({ create: z.boolean() });

/** Also empty, which stands for a default. */
const optionalName = z
  .string()
  .max(63)
  .regex(/^([a-z0-9]([-a-z0-9]*[a-z0-9])?)?$/);
const name = z
  .string()
  .max(63)
  .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/);
/** Of objects whose names may have dots; also empty. */
const optionalObjectName = z
  .string()
  .max(253)
  .regex(/^([a-z0-9]([-.a-z0-9]*[a-z0-9])?)?$/);
const objectName = z
  .string()
  .max(253)
  .regex(/^[a-z0-9]([-.a-z0-9]*[a-z0-9])?$/);
const labels = z.record(
  z.string(),
  z
    .string()
    .max(63)
    .regex(/^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$/),
);
const annotations = z.record(z.string(), z.string());
const port = z.int().min(1).max(65_535);
const cidr = z.string().regex(/^[0-9a-fA-F.:]+\/[0-9]{1,3}$/);
/** As Prometheus writes them; also empty. */
const duration = z.string().regex(/^([0-9]+(ms|s|m|h))*$/);
/** What only the API server can check. */
const anything = z.looseObject({});

const image = z.strictObject({
  repository: z.string().regex(/^[a-z0-9.-]+(:[0-9]+)?(\/[a-z0-9._-]+)*$/),
  tag: z.string().regex(/^([A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?$/),
  digest: z.string().regex(/^(sha256:[0-9a-f]{64})?$/),
  pullPolicy: z.enum(['IfNotPresent', 'Always', 'Never']),
  pullSecrets: z.array(z.strictObject({ name: objectName })),
});

const id = z.int().min(0).max(4_294_967_295);
const profile = z.strictObject({
  type: z.enum(['RuntimeDefault', 'Localhost', 'Unconfined']),
  localhostProfile: z.string().optional(),
});
const anySecurityContext = z.strictObject({
  runAsNonRoot: z.boolean().optional(),
  runAsUser: id.optional(),
  runAsGroup: id.optional(),
  seccompProfile: profile.optional(),
  appArmorProfile: profile.optional(),
  seLinuxOptions: z
    .strictObject({ user: z.string(), role: z.string(), type: z.string(), level: z.string() })
    .partial()
    .optional(),
});
const podSecurityContext = anySecurityContext.extend({
  fsGroup: id.optional(),
  fsGroupChangePolicy: z.enum(['Always', 'OnRootMismatch']).optional(),
  supplementalGroups: z.array(id).optional(),
});
const securityContext = anySecurityContext.extend({
  allowPrivilegeEscalation: z.boolean().optional(),
  privileged: z.boolean().optional(),
  readOnlyRootFilesystem: z.boolean().optional(),
  capabilities: z
    .strictObject({ add: z.array(z.string()).optional(), drop: z.array(z.string()).optional() })
    .optional(),
});

const quantities = z.record(
  z.string(),
  z.unknown().meta({ type: ['string', 'number'], pattern: '^[0-9]+([.][0-9]+)?(m|k|Ki|M|Mi|G|Gi|T|Ti)?$' }),
);
const resources = z.strictObject({ requests: quantities.optional(), limits: quantities.optional() });

const seconds = z.int().min(1).max(3600);
const probe = z
  .strictObject({
    initialDelaySeconds: z.int().min(0).max(3600),
    periodSeconds: seconds,
    timeoutSeconds: seconds,
    failureThreshold: z.int().min(1).max(1000),
  })
  .partial();

const toleration = z
  .strictObject({
    key: z.string(),
    operator: z.string(),
    value: z.string(),
    effect: z.enum(['NoSchedule', 'PreferNoSchedule', 'NoExecute']),
    tolerationSeconds: z.int(),
  })
  .partial();
const affinity = z
  .strictObject({ nodeAffinity: anything, podAffinity: anything, podAntiAffinity: anything })
  .partial();
const topologySpreadConstraint = z.strictObject({
  maxSkew: z.int().min(1),
  topologyKey: z.string(),
  whenUnsatisfiable: z.enum(['DoNotSchedule', 'ScheduleAnyway']),
  labelSelector: anything.optional(),
  matchLabelKeys: z.array(z.string()).optional(),
  minDomains: z.int().min(1).optional(),
  nodeAffinityPolicy: z.enum(['Honor', 'Ignore']).optional(),
  nodeTaintsPolicy: z.enum(['Honor', 'Ignore']).optional(),
});
const dnsConfig = z
  .strictObject({
    nameservers: z.array(z.string()),
    searches: z.array(z.string()),
    options: z.array(z.strictObject({ name: z.string(), value: z.string().optional() })),
  })
  .partial();

const environmentVariable = z.strictObject({
  name: z.string().min(1),
  value: z.string().optional(),
  valueFrom: anything.optional(),
});
const volumeMount = z.strictObject({
  name,
  mountPath: z.string().regex(/^\//),
  subPath: z.string().optional(),
  subPathExpr: z.string().optional(),
  readOnly: z.boolean().optional(),
  recursiveReadOnly: z.string().optional(),
  mountPropagation: z.string().optional(),
});

const peer = z
  .strictObject({ podSelector: anything, namespaceSelector: anything, ipBlock: anything })
  .partial();
const relabelings = z.array(
  z
    .strictObject({
      sourceLabels: z.array(z.string()),
      separator: z.string(),
      targetLabel: z.string(),
      regex: z.string(),
      modulus: z.int(),
      replacement: z.string(),
      action: z.string(),
    })
    .partial(),
);
const metrics = z.strictObject({
  service: switchable.extend({ annotations }),
  monitor: z.strictObject({
    namespace: optionalName,
    kind: z.enum(['', 'ServiceMonitor', 'PodMonitor']),
    labels,
    interval: duration,
    scrapeTimeout: duration,
    relabelings,
    metricRelabelings: relabelings,
  }),
  prometheusRule: switchable.extend({ labels, lateAfterSeconds: z.int().min(1).max(86_400) }),
  dashboard: switchable.extend({ namespace: optionalName, labels, annotations }),
});

export const chartValues = z.strictObject({
  image,
  replicas: z.int().min(0).max(100),
  shards: z.int().min(1).max(1024),
  leaseDurationSeconds: z.int().min(3).max(3600),
  nameOverride: optionalName,
  fullnameOverride: optionalName,
  commonLabels: labels,
  watchNamespaces: distinct(name),
  egress: z.strictObject({
    allowedCIDRs: distinct(cidr),
    allowHTTP: z.boolean(),
    ports: distinct(port).min(1),
  }),
  logLevel: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']),
  crds: switchable.extend({ keep: z.boolean() }),
  rbac: creatable,
  serviceAccount: creatable.extend({ name: optionalObjectName, annotations }),
  ledgerPolicy: switchable,
  tenantRoles: creatable,
  podSecurityContext,
  securityContext,
  resources,
  livenessProbe: probe,
  readinessProbe: probe,
  terminationGracePeriodSeconds: seconds,
  priorityClassName: optionalObjectName,
  runtimeClassName: optionalObjectName,
  deploymentAnnotations: annotations,
  nodeSelector: labels,
  tolerations: z.array(toleration),
  affinity,
  topologySpreadConstraints: z.array(topologySpreadConstraint),
  dnsPolicy: z.enum(['', 'ClusterFirst', 'Default', 'None']),
  dnsConfig,
  podLabels: labels,
  podAnnotations: annotations,
  extraArgs: z.array(z.string().regex(/^--[a-z]/)),
  extraEnv: z.array(environmentVariable),
  extraVolumes: z.array(z.looseObject({ name }).meta({ minProperties: 2 })),
  extraVolumeMounts: z.array(volumeMount),
  podDisruptionBudget: switchable,
  networkPolicy: switchable.extend({
    metricsFrom: z.array(peer),
    apiServer: z.strictObject({ cidrs: distinct(cidr), ports: distinct(port).min(1) }),
  }),
  flowControl: switchable.extend({ nominalConcurrencyShares: z.int().min(1).max(10_000) }),
  metrics,
  extraObjects: z.array(z.looseObject({ apiVersion: z.string(), kind: z.string(), metadata: anything })),
  // Helm gives these two to a chart that is part of another, the second as the condition for it.
  global: anything.optional(),
  enabled: z.boolean().optional(),
});

function distinct<T extends z.ZodType>(item: T) {
  return z.array(item).meta({ uniqueItems: true });
}
