import type { AcceptedChannel, Confirmation, ZerospanError } from '@zerospan/shared';
import type { Requester } from '../../../../core/access/requester.ts';
import type { Log } from '../../../../core/log/log.ts';
import type { Valve } from '../../../../core/pacing/pace.ts';
import { type PacingBus, RequestSource } from '../../../../core/pacing/request-source.ts';
import type { PutRequest } from '../../../../core/putting/put-request.ts';
import { type PutAnswers, Putter, type PuttingBus } from '../../../../core/putting/putter.ts';
import type { PutAnswer } from '../schemas.ts';
import { Tenure, type TenureBus } from '../tenure.ts';

/** What a put over HTTP uses of the bus. */
export type PutCallBus = PacingBus &
  PuttingBus &
  TenureBus & { readonly log: Pick<Log, 'epoch' | 'elapsed'> };

/** How a put ends, once. */
export interface PutEnd {
  answered(answer: PutAnswer): void;
  failed(error: unknown): void;
}

/** One put of one request, from its body to its answer. It waits where its client exceeds its pace. */
export class PutCall implements PutAnswers, Valve {
  readonly #source: RequestSource;
  readonly #putter: Putter;
  readonly #tenure: Tenure;
  readonly #end: PutEnd;
  #isHeld = false;
  /** What waits for the release. */
  #waiting: (() => void) | undefined;
  #accepted: PutAnswer['accepted'] | undefined;
  #confirms = false;
  #isOver = false;

  constructor(requester: Requester, bus: PutCallBus, end: PutEnd) {
    this.#end = end;
    this.#source = new RequestSource(this, requester.rateKey, bus, true);
    this.#putter = new Putter(requester, this.#source, this, bus);
    this.#tenure = new Tenure(requester.access.identity, bus, (error) => this.#fail(error));
  }

  put(request: PutRequest): void {
    this.#confirms = request.confirm !== undefined;
    this.#when(() => this.#putter.put(request));
  }

  /** Answers what could not be read as a put. */
  refuse(fault: ZerospanError): void {
    this.#when(() => this.#putter.refuse(1, fault));
  }

  hold(): void {
    this.#isHeld = true;
  }

  release(): void {
    this.#isHeld = false;
    const go = this.#waiting;
    this.#waiting = undefined;
    go?.();
  }

  accepted(_id: number, time: number, channels: readonly AcceptedChannel[], epoch: string): void {
    this.#accepted = { epoch, time, channels: [...channels] };
    if (!this.#confirms) this.#answer({ accepted: this.#accepted });
  }

  confirmed(_id: number, confirmed: Confirmation): void {
    if (this.#accepted) this.#answer({ accepted: this.#accepted, confirmed });
  }

  refused(_id: number, fault: ZerospanError): void {
    this.#fail(fault);
  }

  /** The request is over, answered or not. What waits is dropped; what was handed to the log stays there. */
  close(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#waiting = undefined;
    this.#source.end();
    this.#tenure.end();
  }

  #when(go: () => void): void {
    if (this.#isHeld) this.#waiting = go;
    else go();
  }

  #answer(answer: PutAnswer): void {
    if (this.#isOver) return;
    this.close();
    this.#end.answered(answer);
  }

  #fail(error: unknown): void {
    if (this.#isOver) return;
    this.close();
    this.#end.failed(error);
  }
}
