import type { AcceptedChannel, Confirmation, ZerospanError } from '@zerospan/shared';
import type { PutAnswers } from '../putting/putter.ts';
import { saidOf } from '../reports.ts';
import type { Link } from '../session/link.ts';

/** The answers to a session's puts, as messages. */
export class PutReplies implements PutAnswers {
  readonly #link: Pick<Link, 'say'>;

  constructor(link: Pick<Link, 'say'>) {
    this.#link = link;
  }

  accepted(put: number, time: number, channels: readonly AcceptedChannel[]): void {
    this.#link.say({ accepted: { put, time, channels } });
  }

  refused(put: number, fault: ZerospanError): void {
    this.#link.say({ refused: { put, ...saidOf(fault) } });
  }

  confirmed(put: number, confirmation: Confirmation): void {
    this.#link.say({ confirmed: { put, ...confirmation } });
  }
}
