// Sends `webhook.ping` when the annotation asks for it: once for each value, which the status then echoes.
import { pingAnnotation } from '../api/group.ts';
import type { WebhookEndpoint } from '../api/webhook-endpoint.ts';
import type { AttemptResult } from '../delivery/outcome.ts';
import type { Log } from '../kube/log.ts';
import { isEnabled } from './recipients.ts';
import type { Sender } from './sender.ts';
import type { Target } from './targets.ts';

/** As much of a value as the status echoes. */
const maxValueLength = 256;

type Answered = (value: string, answer: AttemptResult) => void;

export class Pinger {
  readonly #sender: Pick<Sender, 'ping'>;
  readonly #log: Log;
  readonly #stopping: AbortSignal;
  /** Values under way or carried out by this process, by the uid of the endpoint. */
  readonly #begun = new Map<string, string>();
  readonly #handled = new Map<string, string>();

  /** @param options.signal ends pings that are under way */
  constructor(options: { sender: Pick<Sender, 'ping'>; log: Log; signal: AbortSignal }) {
    this.#sender = options.sender;
    this.#log = options.log;
    this.#stopping = options.signal;
  }

  /** The value that was carried out last; undefined where this process has carried none out. */
  handled(uid: string): string | undefined {
    return this.#handled.get(uid);
  }

  /** The annotation has a new value. A disabled endpoint is sent nothing: its ping waits until it is enabled. */
  isDue(endpoint: WebhookEndpoint): boolean {
    const value = valueOf(endpoint);
    const known = this.#begun.get(endpoint.metadata.uid) ?? endpoint.status?.lastHandledPing;
    return value !== undefined && value !== known && isEnabled(endpoint);
  }

  /** Returns at once, and does nothing where none is due. `answered` is told what came of it. */
  ping(endpoint: WebhookEndpoint, target: Target, answered: Answered): void {
    const value = valueOf(endpoint);
    if (value === undefined || !this.isDue(endpoint)) return;
    this.#begun.set(endpoint.metadata.uid, value);
    void this.#send(endpoint, target, value, answered);
  }

  forget(uid: string): void {
    this.#begun.delete(uid);
    this.#handled.delete(uid);
  }

  async #send(endpoint: WebhookEndpoint, target: Target, value: string, answered: Answered): Promise<void> {
    const { uid, namespace, name } = endpoint.metadata;
    try {
      await this.#sender.ping(endpoint, target, value, this.#stopping, (answer) => {
        // It may be forgotten by now, or asked for again.
        if (this.#begun.get(uid) === value) this.#handled.set(uid, value);
        answered(value, answer);
      });
    } catch (error) {
      if (this.#stopping.aborted) return;
      this.#log('error', 'ping broke', { namespace, endpoint: name, error: String(error) });
    }
  }
}

function valueOf({ metadata: { annotations } }: WebhookEndpoint): string | undefined {
  return annotations?.[pingAnnotation]?.slice(0, maxValueLength);
}
