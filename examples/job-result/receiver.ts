// A receiver of the JobResult contract. It prints a line for each delivery, and tells a result that comes again from a
// new one. There is one webhook for each job, so there is no order to look after, and it is not signed: whoever knows
// the URL can post to it. A real receiver gives every job a URL that nobody can guess, and takes only jobs of its own.
//
//   node receiver.ts [PORT] [--fail-first] [--print]      port 8888 without; 0 is any free port
//
//   --fail-first  answers 500 to the first delivery, to see it come again
//   --print       prints the documents, too
import { parseArgs } from 'node:util';
import { accepted, type Answer, hasMembers, jsonOf, refused, serve, type Webhook } from '../receiver-kit.ts';

/** What Heliograph sends in the JobResult format, beside the members of the result. */
interface JobResult {
  id: string;
  status: 'COMPLETED_SUCCESSFULLY' | 'FAILED';
  /** Unix milliseconds. */
  createdAt: number;
  webhookUrl: string;
  customId?: string;
  feedId?: string;
  jobResults?: unknown;
  imageResults?: unknown;
  /** The result was too large to send: ask for it with kubectl. */
  resultOmitted?: boolean;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { 'fail-first': { type: 'boolean' }, print: { type: 'boolean' } },
});

/** All jobs so far. A real receiver keeps them where it keeps what it does with the results. */
const seen = new Set<string>();
let failing = values['fail-first'] === true;

serve(positionals[0] ?? '8888', receive);

/** Only 200 counts with this contract: after any other answer, 201 and 204 too, the same document comes again. */
function receive(webhook: Webhook): Answer {
  const job = jsonOf(webhook);
  if (!isJobResult(job)) return refused(400, 'it is no result of a job');
  if (failing) {
    failing = false;
    return { status: 500, lines: [`${job.id}  answered 500, so that it comes again`] };
  }
  const { status, lines } = accepted(job.id, job.status.padEnd(22), countsOf(job), judge(job));
  const document = values.print === true ? JSON.stringify(job, null, 2).split('\n') : [];
  return { status, lines: [...lines, ...document.map((line) => `  ${line}`)] };
}

/** What to do with a result: '' is new. */
function judge({ id }: JobResult): string {
  if (seen.has(id)) return 'duplicate: seen before, ignore it';
  seen.add(id);
  return '';
}

function countsOf({ jobResults, imageResults, resultOmitted }: JobResult): string {
  if (resultOmitted === true) return 'the result is too large to send';
  return `${countOf(jobResults)} job results, ${countOf(imageResults)} image results`;
}

function countOf(results: unknown): number {
  return Array.isArray(results) ? results.length : 0;
}

function isJobResult(value: unknown): value is JobResult {
  return hasMembers(value, { id: 'string', status: 'string', createdAt: 'number', webhookUrl: 'string' });
}
