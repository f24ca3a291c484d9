// The Envelope contract, statement by statement.
import { contract } from './contract.ts';
import { endpoints } from './omega-stream/endpoints.ts';
import { type EnvelopeBody, omega } from './omega-stream/envelope.ts';
import { events } from './omega-stream/events.ts';

contract<EnvelopeBody>(
  'the contract of Omega Stream',
  { ...endpoints, ...events },
  // Its example is http://localhost, which is ::1 too.
  { spec: omega, flags: ['--egress-allowed-cidrs=127.0.0.1/32,::1/128'] },
);
