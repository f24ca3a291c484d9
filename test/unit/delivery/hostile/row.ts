// One hostile input: what it is, what the receiver sees of it, and what the record of the attempt shows.
import type { Socket } from 'node:net';
import type { TlsOptions } from 'node:tls';
import type { AttemptResult } from '../../../../src/delivery/outcome.ts';
import type { PostRequest } from '../../../../src/delivery/transport.ts';
import type { Certificate } from '../../../support/certificates.ts';
import type { Zone } from '../../../support/dns-server.ts';

export interface Row {
  title: string;
  /** Of the one POST; PORT stands for the receiver's port and that of the trap. */
  url?: string;
  /** Other parts of the POST. */
  request?: Partial<Omit<PostRequest, 'url'>>;
  /** What DNS answers; by default nobody has an address. */
  zone?: Zone;
  /** What the receiver does when it has the request; 200 by default. */
  answers?: (socket: Socket, request: string) => void;
  /** What the receiver does when somebody connects. */
  greets?: (socket: Socket) => void;
  /** Makes the receiver speak TLS. */
  certificate?: Certificate;
  tls?: TlsOptions;
  /** How often the same is POSTed; what counts is the last time. */
  times?: number;
  /** Requests that the receiver saw: their lines, of which each must have one that is equal or matches. */
  sees?: readonly (string | RegExp)[] | 'nothing';
  /** Addresses that are dialled (`anything`: that may be); only the receiver's by default, and none where it sees nothing. */
  dials?: readonly string[] | 'anything';
  shows: Shown;
}

/** Fields that are left out have their usual value: none without a status line. */
export interface Shown {
  outcome: AttemptResult['outcome'];
  message: string | RegExp;
  statusCode?: number;
  status?: string;
  body?: string | RegExp;
  retryAfterMs?: number;
}

/** Longer lists, separated by white space. */
export const words = (text: string): string[] => text.trim().split(/\s+/);

/** Nothing was sent, because our own rules forbid it. */
export const denied = (
  title: string,
  url: string,
  message: string | RegExp,
  more: Partial<Row> = {},
): Row => ({
  title,
  url,
  sees: 'nothing',
  shows: { outcome: 'denied', message },
  ...more,
});

/** The message of a refusal that an administrator can lift. */
export const closed = (address: string, bits: 32 | 128, add = address): string =>
  `the address ${address} is not allowed: an administrator can add ${add}/${bits} to --egress-allowed-cidrs`;
