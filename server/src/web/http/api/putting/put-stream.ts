import { Readable } from 'node:stream';
import { type AcceptedChannel, type Confirmation, type Limits, ZerospanError } from '@zerospan/shared';
import type { Requester } from '../../../../core/access/requester.ts';
import type { Valve } from '../../../../core/pacing/pace.ts';
import { RequestSource } from '../../../../core/pacing/request-source.ts';
import { type PutAnswers, Putter } from '../../../../core/putting/putter.ts';
import { detailsOf, type Problem } from '../../problem.ts';
import { PROBLEMS, problemOf } from '../problems.ts';
import { Tenure } from '../tenure.ts';
import { LineReader } from './lines.ts';
import type { PutCallBus } from './put-call.ts';
import { putOf } from './put-line.ts';

/** What a stream of puts uses of the bus. */
export type PutStreamBus = PutCallBus & {
  readonly limits: Pick<Limits, 'depth' | 'putChannels' | 'envelopeBytes' | 'payloadBytes'>;
};

/** Most lines of one request that are unanswered: their answers wait here while nobody reads them. */
export const UNANSWERED_LINES = 256;

/** Most lines of one request that wait for their receipts, of which each may be nearly a megabyte. */
export const UNCONFIRMED_LINES = 4;

/**
 * - `reading`: lines come;
 * - `answering`: the last line was read, and not all are answered;
 * - `over`: nothing more is read or answered.
 */
type State = 'reading' | 'answering' | 'over';

/**
 * Puts of one request, a line each, and their answers, a line each and in order. It is read from as lines of NDJSON.
 */
export class PutStream extends Readable implements PutAnswers, Valve {
  readonly #body: Readable;
  readonly #bus: PutStreamBus;
  readonly #requester: Requester;
  readonly #source: RequestSource;
  readonly #putter: Putter;
  readonly #tenure: Tenure;
  readonly #lines: LineReader;
  readonly #bodyMs: number;
  #state: State = 'reading';
  #isHeld = false;
  /** Whether it holds its own source, because its answers are not read. */
  #isUnread = false;
  #hasEnded = false;
  #read = 0;
  /** Puts that are not answered. */
  #unanswered = 0;
  /** Lines that ask for a receipt, and have none. */
  readonly #unconfirmed = new Set<number>();
  #heardMs: number;
  #callOff: () => void = () => {};

  /**
   * @param body what the lines are read from; what is left of it when the stream ends is the caller's to close
   * @param bodyMs how long nothing may come while lines are waited for. 0: for ever
   */
  constructor(body: Readable, requester: Requester, bus: PutStreamBus, bodyMs: number) {
    super();
    this.#body = body;
    this.#bus = bus;
    this.#requester = requester;
    this.#bodyMs = bodyMs;
    const { envelopeBytes, payloadBytes } = bus.limits;
    this.#lines = new LineReader(envelopeBytes + payloadBytes);
    this.#source = new RequestSource(this, requester.rateKey, bus, true);
    this.#putter = new Putter(requester, this.#source, this, bus);
    this.#tenure = new Tenure(requester.access.identity, bus, (error) => this.#rejected(error));
    this.#heardMs = bus.clock.elapsed();
    body.on('data', (chunk: Buffer) => this.#take(chunk));
    body.on('end', () => this.#bodyEnded());
    // Its client has gone: a line without its end may be half of another.
    body.on('error', () => this.destroy());
    if (this.#isHeld) body.pause();
    this.#wait();
  }

  /** The server stops, or nothing comes any more: says so as the last line, and ends. */
  endWith(problem: Problem): void {
    if (this.#state === 'over') return;
    this.#write({ problem: detailsOf(problem) });
    this.#end();
  }

  hold(): void {
    this.#isHeld = true;
    this.#body.pause();
  }

  release(): void {
    this.#isHeld = false;
    this.#heardMs = this.#bus.clock.elapsed();
    this.#handOver();
  }

  accepted(line: number, time: number, channels: readonly AcceptedChannel[], epoch: string): void {
    this.#answer({ line, accepted: { epoch, time, channels } });
  }

  refused(line: number, fault: ZerospanError): void {
    this.#unconfirmed.delete(line);
    this.#answer({ line, problem: detailsOf(problemOf(fault)) });
  }

  confirmed(line: number, confirmed: Confirmation): void {
    this.#unconfirmed.delete(line);
    if (this.#state === 'over') return;
    this.#write({ line, confirmed });
    this.#handOver();
    this.#endIfAnswered();
  }

  override _read(): void {
    if (!this.#isUnread) return;
    this.#isUnread = false;
    if (this.#state !== 'over') this.#source.release();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#leave();
    done(error);
  }

  #take(chunk: Buffer): void {
    this.#heardMs = this.#bus.clock.elapsed();
    this.#lines.feed(chunk);
    this.#handOver();
  }

  /** Hands over what was read, until the source is held. */
  #handOver(): void {
    while (this.#state === 'reading') {
      if (this.#isFull) {
        this.#body.pause();
        return;
      }
      const line = this.#lines.next();
      if (line !== undefined) this.#put(line);
      else if (this.#hasEnded) this.#lastLine();
      else {
        this.#body.resume();
        return;
      }
    }
  }

  /** Whether nothing more is read for now. */
  get #isFull(): boolean {
    return (
      this.#isHeld || this.#unanswered >= UNANSWERED_LINES || this.#unconfirmed.size >= UNCONFIRMED_LINES
    );
  }

  #bodyEnded(): void {
    this.#hasEnded = true;
    this.#handOver();
  }

  #lastLine(): void {
    const line = this.#lines.last();
    if (line !== undefined) this.#put(line);
    this.#state = 'answering';
    this.#endIfAnswered();
  }

  /** @param line null: it was too long */
  #put(line: Buffer | null): void {
    const id = ++this.#read;
    // As between two records, or at the end of a file.
    if (line?.length === 0) return;
    this.#unanswered++;
    try {
      if (line === null) throw new ZerospanError('too-large', 'The line is longer than the limit.');
      const request = putOf(line, id, this.#requester, this.#bus.limits);
      if (request.confirm) this.#unconfirmed.add(id);
      this.#putter.put(request);
    } catch (error) {
      if (!(error instanceof ZerospanError)) throw error;
      this.#putter.refuse(id, error);
    }
  }

  #answer(line: object): void {
    if (this.#state === 'over') return;
    this.#unanswered--;
    this.#write(line);
    if (this.#unanswered === UNANSWERED_LINES - 1) this.#handOver();
    this.#endIfAnswered();
  }

  #write(line: object): void {
    if (this.push(`${JSON.stringify(line)}\n`) || this.#isUnread) return;
    this.#isUnread = true;
    this.#source.hold();
  }

  #endIfAnswered(): void {
    if (this.#state === 'answering' && this.#unanswered === 0 && this.#unconfirmed.size === 0) this.#end();
  }

  #rejected(error: unknown): void {
    this.endWith(error instanceof ZerospanError ? problemOf(error) : PROBLEMS.failed);
  }

  #end(): void {
    this.#leave();
    this.push(null);
  }

  #leave(): void {
    if (this.#state === 'over') return;
    this.#state = 'over';
    this.#callOff();
    this.#source.end();
    this.#tenure.end();
    this.#body.removeAllListeners('data').pause();
  }

  /** Looks whether something has come, while lines are waited for. */
  #wait(): void {
    if (this.#bodyMs === 0) return;
    const silentMs = this.#bus.clock.elapsed() - this.#heardMs;
    this.#callOff = this.#bus.clock.later(Math.max(this.#bodyMs - silentMs, 1), () => {
      const isDue = this.#bus.clock.elapsed() - this.#heardMs >= this.#bodyMs;
      // A client may wait for a receipt before it sends the next line.
      const isWaiting = this.#isFull || this.#unconfirmed.size > 0;
      if (isDue && !isWaiting && this.#state === 'reading') this.endWith(PROBLEMS['request-timeout']);
      else {
        if (isWaiting) this.#heardMs = this.#bus.clock.elapsed();
        this.#wait();
      }
    });
  }
}
