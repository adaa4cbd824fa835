import { type AcceptedChannel, type Confirmation, putCost, type ZerospanError } from '@zerospan/shared';
import type { Requester } from '../access/requester.ts';
import type { Changes } from '../fanout/changes.ts';
import type { LogRations } from '../pacing/log-rations.ts';
import type { RequestSource } from '../pacing/request-source.ts';
import type { Reports } from '../reports.ts';
import type { PutRequest } from './put-request.ts';
import type { PutOutcome, Puts } from './puts.ts';
import { PutsInFlight } from './puts-in-flight.ts';

/** What a putter uses of the bus. */
export interface PuttingBus {
  readonly puts: Puts;
  readonly rations: LogRations;
  /** To find who has to answer for a put goes by how many sessions there are: it takes a turn's room. */
  readonly fanout: { readonly changes: Pick<Changes, 'wait'> };
  readonly bounds: { readonly putsInFlight: number };
  readonly limits: { readonly putBytes: number; readonly confirms: number };
  readonly reports: Pick<Reports, 'held' | 'rejection'>;
}

/**
 * PORT: where a transport takes the answers of a putter. Each put is answered once, by `accepted` or `refused`, in the
 * order in which the puts were handed over. Neither MUST throw.
 */
export interface PutAnswers {
  /** @param epoch what the offsets are of: the log may be another one by now */
  accepted(id: number, time: number, channels: readonly AcceptedChannel[], epoch: string): void;
  /** Nothing was appended, or with `outcome-unknown` perhaps. It has been counted and reported to the operator. */
  refused(id: number, fault: ZerospanError): void;
  /** Who got a put that asked for it: some time behind its `accepted`, once. */
  confirmed(id: number, confirmation: Confirmation): void;
}

/**
 * Takes the puts of one source, whatever its transport: a session over WebSocket has one, and so has each request over
 * HTTP. Each put goes through the pace of its source, the bytes of the log that its user may put, checks, grants, the
 * append, and the count of its subscribers; its answer waits for those of the puts before it.
 *
 * A transport makes a {@link Requester} for the client that was admitted, a {@link RequestSource} over whatever it
 * reads puts from, and gives both to its putter. It hands puts over as it reads them, and stops reading while the
 * source is held; what it hands over all the same is taken. It may hold the source itself, such as while its answers
 * are not read. What cannot be read as a put is answered in its place by {@link refuse}.
 *
 * When the session or request is over the transport calls `end` of the source: what waited is dropped without an
 * answer; what was handed to the log is still answered, and the transport MUST ignore that.
 */
export class Putter {
  readonly #requester: Requester;
  readonly #source: RequestSource;
  readonly #answers: PutAnswers;
  readonly #bus: PuttingBus;
  /** The answer of the last put. Made with the first put: many sessions never put anything. */
  #answered: Promise<void> | undefined;
  /** Puts that wait for their receipts. */
  #confirms = 0;
  #countsInFlight: PutsInFlight | undefined;

  constructor(requester: Requester, source: RequestSource, answers: PutAnswers, bus: PuttingBus) {
    this.#requester = requester;
    this.#source = source;
    this.#answers = answers;
    this.#bus = bus;
  }

  put(request: PutRequest): void {
    const { puts, bytes } = putCost(request.channels, request.payload?.byteLength ?? 0);
    this.#source.spend(puts);
    const { rations, limits } = this.#bus;
    // What is too much for one put is rejected at once.
    if (bytes > limits.putBytes) this.#hand(request);
    else
      this.#source.after(
        (go) => this.#takeBytes(rations, bytes, go),
        () => this.#afterBytes(request),
      );
  }

  /** Answers what could not be read as a put. It counts as one. */
  refuse(id: number, fault: ZerospanError): void {
    this.#source.spend();
    this.#answer(id, Promise.reject(fault));
  }

  /** Made with the first put as well. */
  get #inFlight(): PutsInFlight {
    const { bounds, reports } = this.#bus;
    this.#countsInFlight ??= new PutsInFlight(bounds.putsInFlight, this.#source, () => reports.held());
    return this.#countsInFlight;
  }

  #takeBytes(rations: LogRations, bytes: number, go: () => void): (() => void) | undefined {
    const callOff = rations.take(this.#requester.user, bytes, go);
    if (callOff) this.#bus.reports.held();
    return callOff;
  }

  /** What the log has not answered of all clients is bounded. */
  #afterBytes(request: PutRequest): void {
    this.#source.after(
      (go) => this.#waitForAnswers(go),
      () => this.#hand(request),
    );
  }

  #waitForAnswers(go: () => void): (() => void) | undefined {
    const callOff = this.#bus.puts.bytesInFlight.wait(this.#requester.user, go);
    if (callOff) this.#bus.reports.held();
    return callOff;
  }

  #hand(request: PutRequest): void {
    if (!request.confirm) {
      this.#answer(request.id, this.#bus.puts.put(this.#requester, request, false, this.#inFlight));
      return;
    }
    this.#source.after(
      (go) => this.#bus.fanout.changes.wait(go),
      () => this.#putConfirmed(request),
    );
  }

  #putConfirmed(request: PutRequest): void {
    const mayConfirm = this.#confirms < this.#bus.limits.confirms;
    const outcome = this.#bus.puts.put(this.#requester, request, mayConfirm, this.#inFlight);
    this.#answer(request.id, outcome);
    void this.#confirm(request.id, outcome);
  }

  /** Puts are answered in the order in which they came, whichever of them the log answers first. */
  #answer(id: number, outcome: Promise<PutOutcome>): void {
    const answer = outcome.then(
      ({ time, channels, epoch }) =>
        () =>
          this.#answers.accepted(id, time, channels, epoch),
      (error: unknown) => {
        const fault = this.#bus.reports.rejection(error, this.#requester.sender);
        return () => this.#answers.refused(id, fault);
      },
    );
    const before = this.#answered ?? Promise.resolve();
    this.#answered = before.then(async () => (await answer)());
  }

  async #confirm(id: number, outcome: Promise<PutOutcome>): Promise<void> {
    this.#confirms += 1;
    // Its own: those of later puts may wait for the log for long.
    const answered = this.#answered;
    // What the put was answered is as large as its names: it is not to be held for as long as somebody does not answer.
    const confirmed = outcome.then((put) => put.confirmed);
    try {
      const confirmation = await confirmed;
      await answered;
      if (confirmation) this.#answers.confirmed(id, confirmation);
    } catch {
      // Rejected, which is its answer.
    }
    this.#confirms -= 1;
  }
}
