// A receiver of the Milestone contract. It prints a line for each delivery, and does what a real one has to: it refuses
// what is not signed, and tells an event that comes again, or after a newer one, from a new one.
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

/** What Heliograph sends in the Milestone format. */
interface Milestone {
  analysis_id: string;
  event_type: string;
  status: 'analyzing' | 'success' | 'failed';
  percentage: number;
  sequence: number;
  timestamp: string;
}

const secret = secretFromEnvironment();

// A real receiver keeps these where it keeps what it does with the events.
/** All events so far, by their webhook-id: an event that is sent again keeps it. */
const seen = new Set<string>();
/** The highest sequence so far of each analysis. */
const highest = new Map<string, number>();

serve(process.argv[2] ?? '8888', (webhook) => {
  const refusal = refusalOf(webhook, secret);
  return refusal === undefined ? receive(webhook) : refused(401, refusal);
});

function receive(webhook: Webhook): Answer {
  // `kubectl annotate webhookendpoint ochy heliograph.dev/ping=1` asks for one.
  const event = jsonOf(webhook);
  if (isPing(event, 'event_type')) return accepted('webhook.ping');
  if (!isMilestone(event)) return refused(400, 'it is no event');
  return accepted(
    event.analysis_id.padEnd(14),
    String(event.sequence).padStart(2),
    event.event_type.padEnd(18),
    `${String(event.percentage).padStart(3)} %`,
    judge(event, String(webhook.headers['webhook-id'])),
  );
}

/** What to do with an event: '' is new, and in order. */
function judge({ analysis_id, sequence }: Milestone, id: string): string {
  if (seen.has(id)) return 'duplicate: seen before, ignore it';
  seen.add(id);
  const last = highest.get(analysis_id) ?? 0;
  if (sequence <= last) return `out of order: ${last} was here before, ignore it`;
  highest.set(analysis_id, sequence);
  return '';
}

function isMilestone(value: unknown): value is Milestone {
  return hasMembers(value, {
    analysis_id: 'string',
    event_type: 'string',
    percentage: 'number',
    sequence: 'number',
  });
}
