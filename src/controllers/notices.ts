// The Kubernetes Events about an analysis that a person would act on.
import type { Analysis } from '../api/analysis.ts';
import { redeliverLabel } from '../api/group.ts';
import type { Delivery, GiveUpReason, Ledger, Subscription } from '../api/ledger.ts';
import { endpointLimitMessage, notified } from '../events/notified.ts';
import { type Decision, isPerJob, perJobName } from '../events/subscription.ts';
import type { EventRecord, EventRecorder } from '../kube/event-recorder.ts';
import type { Log } from '../kube/log.ts';
import { analysisType, endpointType, regarding } from './resources.ts';

export class Notices {
  readonly #events: Pick<EventRecorder, 'record'>;
  readonly #log: Log;

  constructor(events: Pick<EventRecorder, 'record'>, log: Log) {
    this.#events = events;
    this.#log = log;
  }

  givenUp(analysis: Analysis, subscription: Subscription, delivery: Delivery, reason: GiveUpReason): void {
    const receiver = isPerJob(subscription, analysis)
      ? subscription.name
      : `${endpointType.kind} ${subscription.name}`;
    this.#warn(analysis, 'DeliveryGivenUp', 'Deliver', whyGivenUp(receiver, subscription, delivery, reason));
  }

  /** The URL that the analysis brings itself: of an endpoint's, the endpoint says so. */
  denied(analysis: Analysis, message: string): void {
    this.#warn(analysis, 'EgressDenied', 'Deliver', `${perJobName}: ${message}`);
  }

  /** After the subscription is committed: says what its author may not have expected. */
  subscribed(
    analysis: Analysis,
    ledger: Ledger,
    { leftOut, declined }: Pick<Decision, 'leftOut' | 'declined'>,
  ): void {
    const { reason, message } = notified(analysis, ledger, declined);
    if (reason === 'NotSubscribed') this.#warn(analysis, reason, 'Subscribe', message);
    if (leftOut.length > 0)
      this.#warn(analysis, 'EndpointLimitExceeded', 'Subscribe', endpointLimitMessage(leftOut));
  }

  redeliveryUnreadable(analysis: Analysis, value: string): void {
    const note = `The label ${redeliverLabel}: ${value} asks for nothing: write failed.X, all.X or a sequence from 1 to 11 and .X, where X is any new value`;
    this.#warn(analysis, 'RedeliverInvalid', 'Redeliver', note);
  }

  unreadable(analysis: Pick<Analysis, 'metadata'>, message: string): void {
    this.#warn(analysis, 'Unreadable', 'Read', message);
  }

  refused(analysis: Analysis, message: string): void {
    this.#warn(analysis, 'LedgerRefused', 'Record', `The API server refuses status.delivery: ${message}`);
  }

  #warn(analysis: Pick<Analysis, 'metadata'>, reason: string, action: string, note: string): void {
    const { namespace, name } = analysis.metadata;
    const record: EventRecord = {
      object: regarding(analysisType, analysis.metadata),
      type: 'Warning',
      reason,
      action,
      note,
    };
    this.#events.record(record);
    this.#log('warn', 'notice', { namespace, analysis: name, reason, note });
  }
}

function whyGivenUp(
  receiver: string,
  { lastResponse }: Subscription,
  { sequence, attempts }: Delivery,
  reason: GiveUpReason,
): string {
  const last = lastResponse?.sequence === sequence ? `; the last attempt: ${lastResponse.message}` : '';
  switch (reason) {
    case 'EndpointDeleted':
      return `${receiver} was deleted: what it was owed was given up`;
    case 'MaxAgeReached':
      return `Event ${sequence} for ${receiver} was given up: spec.delivery.maxAgeSeconds was reached${last}`;
    case 'MaxAttemptsReached':
      return `Event ${sequence} for ${receiver} was given up after ${attempts} attempts${last}`;
  }
}
