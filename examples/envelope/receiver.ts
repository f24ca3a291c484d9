// A receiver of the Envelope contract. It prints a line for each delivery, and does what a real one has to: it refuses
// what is not signed, and tells an event that comes again, or after a newer one, from a new one.
//
//   WEBHOOK_SECRET=whsec_… node receiver.ts [PORT]      8888 without; 0 is any free port
import {
  accepted,
  type Answer,
  hasMembers,
  jsonOf,
  refusalOf,
  refused,
  secretFromEnvironment,
  serve,
  type Webhook,
} from '../receiver-kit.ts';

/** What Heliograph sends in the Envelope format. */
interface Envelope {
  id: string;
  coid: string;
  api_version: 'v1';
  /** Unix seconds. */
  created: number;
  /** By the names of endpoint.yaml. */
  type: string;
  data: { analysis_id?: string; status?: string; percentage?: number; sequence?: number };
  endpoint_id: string;
}

const secret = secretFromEnvironment();

// A real receiver keeps these where it keeps what it does with the events.
/** All events so far, by their id: an event that is sent again keeps it. */
const seen = new Set<string>();
/** The highest sequence so far of each analysis. */
const highest = new Map<string, number>();

serve(process.argv[2] ?? '8888', (webhook) => {
  const refusal = refusalOf(webhook, secret);
  return refusal === undefined ? receive(webhook) : refused(401, refusal);
});

function receive(webhook: Webhook): Answer {
  const event = jsonOf(webhook);
  if (!isEnvelope(event)) return refused(400, 'it is no event');
  const { analysis_id = '-', status = '-', percentage = 0 } = event.data;
  // A type that it does not know is acknowledged nevertheless, or it would come again and again.
  return accepted(
    analysis_id.padEnd(14),
    event.type.padEnd(24),
    status.padEnd(7),
    `${String(percentage).padStart(3)} %`,
    `for ${event.coid}`,
    judge(event),
  );
}

/** What to do with an event: '' is new, and in order. */
function judge({ id, data: { analysis_id = '', sequence = 0 } }: Envelope): string {
  if (seen.has(id)) return 'duplicate: seen before, ignore it';
  seen.add(id);
  const last = highest.get(analysis_id) ?? 0;
  // A ping has no sequence.
  if (sequence !== 0 && sequence <= last) return `out of order: ${last} was here before, ignore it`;
  highest.set(analysis_id, sequence);
  return '';
}

function isEnvelope(value: unknown): value is Envelope {
  return hasMembers(value, {
    id: 'string',
    coid: 'string',
    created: 'number',
    type: 'string',
    data: 'object',
    endpoint_id: 'string',
  });
}
