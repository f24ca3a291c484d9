// Headers that an endpoint adds to its requests, and those that are not its to set.
import { z } from 'zod';
import { atomicList, text, validations } from './fields.ts';
import { secretKeyRef } from './references.ts';

/** HTTP's own, hop-by-hop, what the operator sets, and what cloud metadata services ask for. */
const refused = [
  'accept-encoding',
  'connection',
  'cookie',
  'expect',
  'forwarded',
  'host',
  'keep-alive',
  'metadata',
  'te',
  'traceparent',
  'tracestate',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'user-agent',
  'via',
];

const refusedPrefixes = [
  'content-',
  'heliograph-',
  'metadata-',
  'proxy-',
  'webhook-',
  'x-aliyun-ecs-metadata-',
  'x-aws-ec2-metadata-',
  'x-forwarded-',
  'x-google-metadata-',
  'x-metadata-',
];

const name = () =>
  text(128)
    .meta(
      validations(
        {
          rule: "self.matches('^[0-9A-Za-z!#$%&*+.^_`|~-]+$')",
          message:
            'must be the name of an HTTP header, such as X-Api-Key, without spaces, colons or accented letters',
        },
        {
          rule:
            `!(self.lowerAscii() in [${refused.map((one) => `'${one}'`).join(', ')}]) && ` +
            `![${refusedPrefixes.map((one) => `'${one}'`).join(', ')}].exists(prefix, self.lowerAscii().startsWith(prefix))`,
          message:
            'must not be a header that is reserved for HTTP itself, the operator or cloud metadata services, such as ' +
            'Host, Cookie, Content-Type, User-Agent (set spec.userAgent), Webhook-Signature (set spec.signing) or Metadata-Flavor',
        },
      ),
    )
    .describe('The name of the header. Each once, whatever its case.');

/** What every receiver reads alike. A line break would begin another header. */
export const printable = (maxLength: number) =>
  text(maxLength).meta(
    validations({
      rule: "self.matches('^[ -~]*$')",
      message: 'must be one line of printable ASCII, without line breaks, tabs or accented letters',
    }),
  );

const header = z
  .object({
    name: name(),
    value: printable(1024).optional().describe('The value, for everybody to read.'),
    valueFrom: z
      .object({ secretKeyRef: secretKeyRef().describe('The entry of a Secret that is the value.') })
      .optional()
      .describe('Where the value is.'),
  })
  .meta(
    validations({
      rule: 'has(self.value) != has(self.valueFrom)',
      message: 'must have either value or valueFrom, and not both',
    }),
  );

export const headers = () =>
  atomicList(header, 16)
    .optional()
    .meta(
      validations({
        rule: 'self.all(one, self.exists_one(other, other.name.lowerAscii() == one.name.lowerAscii()))',
        message: 'must have each name once, whatever its case',
      }),
    );
