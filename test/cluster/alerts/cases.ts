// For each alert: the series that it is about, as they are when all is well, and as they are when it should fire.

/** Values in the notation of promtool's unit tests, one a minute; undefined where there is no such series. */
type Values = string | undefined;

export interface Case {
  /** Series and their values. */
  readonly well: Readonly<Record<string, Values>>;
  /** Those that are different when it should fire, from the beginning on. */
  readonly ill: Readonly<Record<string, Values>>;
  /** What looks alike, and is no reason to fire. */
  readonly alike?: Readonly<Record<string, string>>;
  /** What its texts show in place of a template. */
  readonly shows?: Readonly<Record<string, string>>;
  /** The labels that it has beside its name and severity. */
  readonly labels?: Readonly<Record<string, string>>;
}

/** Of the operators that the alerts are about. */
const ours = 'namespace="heliograph-system", job="heliograph-metrics"';
/** Two replicas. */
const one = `${ours}, pod="one", container="heliograph"`;
const two = `${ours}, pod="two", container="heliograph"`;

const none = '0x60';
const rising = '0+1x60';
/** Just one, before the tests look. */
const once = '0x20 1x40';

const writes = (result: string) => `heliograph_ledger_writes_total{${one}, result="${result}"}`;
const age = (who: string) => `heliograph_deliveries_oldest_owed_age_seconds{${one}, waits_for="${who}"}`;
const givenUp = (reason: string) => `heliograph_deliveries_given_up_total{${one}, reason="${reason}"}`;
const restarts = (reason: string, resource = 'analyses') =>
  `heliograph_reflector_restarts_total{${one}, resource="${resource}", reason="${reason}"}`;
const lag = (labels: string) => `nodejs_eventloop_lag_p99_seconds{${labels}}`;

export const cases: Readonly<Record<string, Case>> = {
  HeliographDown: {
    well: { [`heliograph_build_info{${one}}`]: '1x60', [`heliograph_build_info{${two}}`]: '1x60' },
    ill: { [`heliograph_build_info{${one}}`]: undefined, [`heliograph_build_info{${two}}`]: undefined },
    labels: { namespace: 'heliograph-system' },
  },
  HeliographShardWithoutOwner: {
    well: {
      [`heliograph_shards{${one}}`]: '3x60',
      [`heliograph_shards{${two}}`]: '3x60',
      [`heliograph_shards_held{${one}}`]: '2x60',
      [`heliograph_shards_held{${two}}`]: '1x60',
    },
    ill: {
      [`heliograph_shards{${one}}`]: '4x60',
      [`heliograph_shards{${two}}`]: '4x60',
      [`heliograph_shards_held{${two}}`]: none,
    },
    labels: { job: 'heliograph-metrics' },
    shows: { '{{ $value }}': '2' },
  },
  HeliographDeliveriesLate: {
    well: { [age('operator')]: '4x60' },
    ill: { [age('operator')]: '400x60' },
    alike: { [age('receiver')]: '7200x60', [age('user')]: '86400x60' },
    shows: { '{{ $value | humanizeDuration }}': '6m 40s' },
  },
  HeliographLedgerWritesFailing: {
    well: { [writes('failed')]: none, [writes('unknown')]: none },
    ill: { [writes('unknown')]: rising },
    alike: { [writes('committed')]: '0+60x60' },
  },
  HeliographLedgerRefused: { well: { [writes('refused')]: none }, ill: { [writes('refused')]: once } },
  HeliographFencedWrites: { well: { [writes('fenced')]: none }, ill: { [writes('fenced')]: rising } },
  HeliographLeasesLost: {
    well: { [`heliograph_leases_lost_total{${one}}`]: none },
    ill: { [`heliograph_leases_lost_total{${one}}`]: rising },
    alike: { [`heliograph_leases_lost_total{${two}}`]: once },
  },
  HeliographEndpointsFailing: {
    well: { [`heliograph_circuits_open{${one}}`]: none },
    ill: { [`heliograph_circuits_open{${one}}`]: '3x60' },
    alike: {
      [`heliograph_deliveries_owed{${one}}`]: '100x60',
      [`heliograph_delivery_attempts_total{${one}, outcome="rejected"}`]: rising,
    },
    shows: { '{{ $value }}': '3' },
  },
  HeliographDeliveriesGivenUp: {
    well: { [givenUp('MaxAgeReached')]: none },
    ill: { [givenUp('MaxAgeReached')]: once },
    alike: { [givenUp('EndpointDeleted')]: rising },
    labels: { reason: 'MaxAgeReached' },
  },
  HeliographWatchBroken: {
    well: { [restarts('connection')]: none },
    ill: { [restarts('connection')]: rising },
    alike: {
      [restarts('expired')]: rising,
      [restarts('api_error')]: '0x10 5x50',
      [restarts('idle', 'leases')]: rising,
    },
    labels: { resource: 'analyses' },
    shows: { '{{ $labels.resource }}': 'analyses' },
  },
  HeliographApiThrottled: {
    well: { [`heliograph_api_requests_throttled_total{${one}}`]: none },
    ill: { [`heliograph_api_requests_throttled_total{${one}}`]: rising },
    alike: { [`heliograph_api_requests_total{${one}, verb="get", code="4xx"}`]: rising },
  },
  HeliographEventLoopBlocked: {
    well: { [lag(one)]: '0.02x60' },
    ill: { [lag(one)]: '0.8x60' },
    alike: { [lag(two)]: '0.02x10 9 0.02x50', [lag(`${ours}, container="sidecar"`)]: '2x60' },
    shows: { '{{ $value | humanizeDuration }}': '800ms' },
  },
};
