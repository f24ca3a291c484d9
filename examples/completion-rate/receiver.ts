// A receiver of the CompletionRate contract. It prints a line for each delivery, and does what a real one has to: it
// refuses what is not signed, and tells an event that comes again, or after a newer one, from a new one.
//
//   WEBHOOK_SECRET=whsec_… node receiver.ts [PORT]      8888 without; 0 is any free port
import {
  accepted,
  type Answer,
  hasMembers,
  isPing,
  jsonOf,
  refusalOf,
  refused,
  secretFromEnvironment,
  serve,
  type Webhook,
} from '../receiver-kit.ts';

/** What Heliograph sends in the CompletionRate format. */
interface CompletionRate {
  event: 'analysis_done' | 'analysis_completion_rate';
  analysis_id: string;
  status: 'running' | 'aggregating' | 'done' | 'error';
  completion_rate: number;
}

const secret = secretFromEnvironment();

// A real receiver keeps these where it keeps what it does with the events.
/** All events so far, by their webhook-id: the body has no id of the event. */
const seen = new Set<string>();
/** How far each analysis is; Infinity when it is done. The body has no sequence, and the rate only grows. */
const reached = new Map<string, number>();

serve(process.argv[2] ?? '8888', (webhook) => {
  const refusal = refusalOf(webhook, secret);
  return refusal === undefined ? receive(webhook) : refused(401, refusal);
});

function receive(webhook: Webhook): Answer {
  // `kubectl annotate webhookendpoint smart11 heliograph.dev/ping=1` asks for one.
  const event = jsonOf(webhook);
  if (isPing(event, 'event')) return accepted('webhook.ping');
  if (!isCompletionRate(event)) return refused(400, 'it is no event');
  return accepted(
    event.analysis_id.padEnd(14),
    event.event.padEnd(24),
    event.status.padEnd(11),
    `${String(event.completion_rate).padStart(3)} %`,
    judge(event, String(webhook.headers['webhook-id'])),
  );
}

/** What to do with an event: '' is new, and in order. */
function judge({ event, analysis_id, completion_rate }: CompletionRate, id: string): string {
  // An answer other than 2xx would only bring it again.
  if (!isOurs(analysis_id)) return 'not an analysis of ours: ignore it';
  if (seen.has(id)) return 'duplicate: seen before, ignore it';
  seen.add(id);
  const last = reached.get(analysis_id) ?? -1;
  if (event === 'analysis_done') {
    reached.set(analysis_id, Infinity);
    return '';
  }
  if (last === Infinity) return 'out of order: it was done before, ignore it';
  if (completion_rate <= last) return `out of order: ${last} % was here before, ignore it`;
  reached.set(analysis_id, completion_rate);
  return '';
}

/** A real receiver looks it up among the analyses of its organization. */
function isOurs(analysisId: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(analysisId);
}

function isCompletionRate(value: unknown): value is CompletionRate {
  return hasMembers(value, {
    event: 'string',
    analysis_id: 'string',
    status: 'string',
    completion_rate: 'number',
  });
}
