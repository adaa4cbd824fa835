import { ZerospanError } from '@zerospan/shared';
import type { StateChange } from '../../core/log/log.ts';
import type { OpenedStore, StoreListener, StoreRecord } from '../../core/log/store.ts';
import { Outcomes } from '../packs/outcomes.ts';
import { claimEpoch } from './epoch/claim.ts';
import { Claiming } from './epoch/claiming.ts';
import type { PlacedRecord } from './epoch/record.ts';
import { Refreshing } from './epoch/refreshing.ts';
import type { StreamFigures } from './figures.ts';
import { checkHead } from './following/head-check.ts';
import { Incoming } from './following/incoming.ts';
import { Tail } from './following/tail.ts';
import { Watch } from './following/watch.ts';
import { claimOf, type FoundStream, newEpoch } from './opening.ts';
import { type StreamLogOptions, TIMES } from './options.ts';
import { offsetOf } from './places.ts';
import { Publisher } from './publishing/publisher.ts';
import { Trouble } from './publishing/trouble.ts';
import { Reading } from './reading/reading.ts';
import { StreamFault, type StreamInfo } from './stream.ts';

const TOO_MUCH = 'More waits for the NATS servers than the log may hold.';
const UNKNOWN = 'The NATS servers did not say whether they have it.';

/** A log on a stream, from its start to its end. */
export class OpenLog {
  readonly #options: StreamLogOptions;
  readonly #listener: StoreListener;
  readonly #outcomes: Outcomes;
  readonly #publisher: Publisher;
  readonly #incoming: Incoming;
  readonly #tail: Tail;
  readonly #watch: Watch;
  readonly #trouble: Trouble;
  readonly #refreshing: Refreshing;
  readonly reading: Reading;
  readonly claiming: Claiming;
  #info: StreamInfo;
  #droppedUpTo: number;
  #epochs = 0;
  #isClosing = false;
  /** What has come shows that the stream went back. */
  #isRewound = false;
  /** Called when a message has come, or the state has changed. */
  readonly #waiting: (() => void)[] = [];

  constructor(
    options: StreamLogOptions,
    listener: StoreListener,
    { info, record, begin, headBelow }: FoundStream,
  ) {
    this.#options = options;
    this.#listener = listener;
    this.#info = info;
    const { stream, clock, endOfTurn, incarnation, subjects, lastBytes, onNotice } = options;
    const outcomes = new Outcomes(listener, endOfTurn);
    this.#outcomes = outcomes;
    this.#trouble = new Trouble(clock, (change) => this.#stateChanged(change));
    this.#publisher = new Publisher({
      stream,
      clock,
      endOfTurn,
      incarnation,
      subject: subjects.packsOf(incarnation),
      waitingBytes: options.waitingBytes,
      seen: () => this.#incoming.seen,
      stored: (sequence, isBack) => this.#stored(sequence, isBack),
      refused: (records, error) => void outcomes.failed(records, error),
      unknown: (records) => {
        this.#unknown(records);
        // What waits behind it is not tried any more.
        this.#trouble.gaveUp();
      },
      rejected: (why, reason) => this.#trouble.rejected(why, reason),
    });
    this.#incoming = new Incoming(
      {
        listener,
        outcomes,
        own: this.#publisher.own,
        incarnation,
        epochSubject: subjects.epoch,
        lastBytes,
        onNotice,
        moved: () => this.#moved(),
        begun: (other) => this.#changed(other),
        wentBack: () => this.#wentBack(),
      },
      { created: info.created, record, begin, head: headBelow, openUpTo: info.last },
    );
    this.#droppedUpTo = this.#incoming.droppedUpTo(info.first);
    this.#tail = new Tail({
      stream,
      message: (message) => this.#incoming.take(message),
      caughtUp: () => this.#incoming.reported(),
      ended: () => this.#watch.soon(),
    });
    this.#refreshing = new Refreshing(options);
    const next = (): Promise<void> => this.#next();
    this.claiming = new Claiming({ claim: claimOf(options), clock, incoming: this.#incoming, next });
    this.#watch = new Watch(clock, async () => {
      await this.#trouble.guard(() => this.#check());
      this.#moved();
    });
    this.reading = new Reading({
      stream,
      clock,
      view: () => ({ ...this.#incoming.view, droppedUpTo: this.#droppedUpTo, first: this.#info.first }),
      check: () => this.#watch.now(),
      next,
      reported: () => outcomes.each([], () => undefined),
    });
    stream.onContact(() => {
      // What follows is not taken before the stream was found to be the same.
      this.#tail.stop();
      this.#watch.soon();
    });
  }

  get droppedUpTo(): number {
    return this.#droppedUpTo;
  }

  get figures(): StreamFigures {
    return {
      ...this.#publisher.counts,
      consumers: this.#tail.starts,
      epochs: this.#epochs,
      bytes: this.#info.bytes,
      waitingBytes: this.#publisher.bytes,
      losses: this.#incoming.damages.losses,
      behind: Math.max(this.#info.last - this.#incoming.head.sequence, 0),
      silentMs: this.#trouble.silentMs,
    };
  }

  /** Takes what was there before. */
  async open(before: number): Promise<OpenedStore> {
    this.#watch.start();
    this.#trouble.start();
    this.#tail.start(this.#incoming.head.sequence);
    while (!this.#incoming.restored) {
      if (this.#trouble.reason !== undefined) throw new StreamFault('away', this.#trouble.reason);
      await this.#next();
    }
    const { wentBack, ...restored } = this.#incoming.restored;
    if (wentBack) await this.#watch.between(() => this.#restart());
    const { record, begins, arrivals } = this.#incoming;
    const { state } = this.#trouble;
    const { epoch, message } = record;
    const known = wentBack
      ? { head: arrivals.head, puts: [], forgottenUpTo: message.time }
      : { ...restored, forgottenUpTo: before };
    return { epoch, begins, state, ...known };
  }

  append(record: StoreRecord, time: number): void {
    const refusal = this.#refusal();
    try {
      if (refusal) this.#outcomes.refuse(record, refusal);
      else this.#publisher.add(record, time);
    } catch (error) {
      const reason = `The log cannot write this: ${(error as Error).message}.`;
      this.#outcomes.refuse(record, new ZerospanError('log-failed', reason, { cause: error }));
    }
  }

  /** Resolves when the stream was checked, and everything is reported that has come. */
  async settled(): Promise<void> {
    await this.#watch.now();
    await this.#outcomes.settled();
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    await this.#publisher.idle();
    const { clock } = this.#options;
    const untilMs = clock.elapsed() + TIMES.awayMs;
    const { own } = this.#publisher;
    while (own.count > 0 && !this.#trouble.reason && clock.elapsed() < untilMs) await this.#next();
    await this.#watch.stop();
    this.#trouble.stop();
    this.#tail.stop();
    this.#failUnderWay();
    await this.#outcomes.settled();
    this.#outcomes.end();
    await this.#options.stream.close();
  }

  /** Resolves when a message has come, or the state has changed. */
  #next(): Promise<void> {
    return new Promise((resolve) => void this.#waiting.push(resolve));
  }

  #moved(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #refusal(): ZerospanError | undefined {
    const { reason } = this.#trouble;
    if (reason !== undefined) return new ZerospanError('log-failed', reason);
    if (this.#isClosing) return new ZerospanError('log-failed', 'The log is closing.');
    return this.#publisher.hasRoom ? undefined : new ZerospanError('log-failed', TOO_MUCH);
  }

  /** Checks whether the stream is there, and the same, and what it has dropped. */
  async #check(): Promise<void> {
    const { stream } = this.#options;
    const { head } = this.#incoming;
    const finding = await checkHead(stream, head, claimOf(this.#options).pause);
    this.#trouble.contact();
    if (finding.wentBack || this.#isRewound) return this.#restart();
    this.#incoming.verified(head);
    this.#note(finding.info);
    if (finding.isEndMissing) this.#incoming.gone(finding.info.last);
    // With a contact since it began, the stream has to be found the same once more.
    if (!this.#tail.isRunning && !this.#watch.isQueued) this.#tail.start(this.#incoming.head.sequence);
    const outcome = await this.#refreshing.run(this.#incoming, finding.info, this.#trouble.isRejected);
    if (outcome?.kind === 'stored') this.#trouble.taken();
  }

  #note(info: StreamInfo): void {
    this.#info = info;
    this.#incoming.checked(info.first);
    const droppedUpTo = this.#incoming.droppedUpTo(info.first);
    if (droppedUpTo <= this.#droppedUpTo) return;
    this.#droppedUpTo = droppedUpTo;
    void this.#outcomes.each([droppedUpTo], (offset) => this.#listener.droppedUpTo(offset));
  }

  /** The stream went back: offsets would be given a second time, so another epoch begins. */
  async #restart(): Promise<void> {
    const { stream, onNotice } = this.#options;
    this.#tail.stop();
    this.#publisher.hold();
    try {
      this.#failUnderWay();
      const { generation } = this.#incoming.record;
      const record = await claimEpoch(claimOf(this.#options), (found) =>
        found && found.generation > generation
          ? undefined
          : newEpoch(Math.max(generation, found?.generation ?? 0) + 1),
      );
      const info = await stream.info();
      this.#incoming.begin(record, info.created);
      this.#isRewound = false;
      this.#changed(record);
      this.#droppedUpTo = 0;
      this.#note(info);
      const text = `the stream of the log went back, or is another one: the epoch ${record.epoch} begins`;
      onNotice({ event: 'log-new-epoch', text });
      this.#tail.start(record.sequence);
    } finally {
      this.#publisher.release();
    }
  }

  #wentBack(): void {
    this.#tail.stop();
    this.#isRewound = true;
    this.#watch.soon();
  }

  #changed({ epoch, sequence }: PlacedRecord): void {
    this.#epochs++;
    this.#failUnderWay();
    const { begins } = this.#incoming;
    void this.#outcomes.changed({ kind: 'epoch', epoch, begins, head: offsetOf(sequence) });
  }

  #failUnderWay(): void {
    const { underWay, waiting } = this.#publisher.abandon();
    this.#unknown([...underWay, ...waiting]);
  }

  #unknown(records: readonly StoreRecord[]): void {
    if (records.length > 0)
      void this.#outcomes.failed(records, new ZerospanError('outcome-unknown', UNKNOWN));
  }

  #stored(sequence: number, isBack: boolean): void {
    this.#trouble.contact();
    // Others have had this sequence: the stream went back, or has dropped it.
    if (!isBack && sequence <= this.#incoming.head.sequence) this.#watch.soon();
  }

  #stateChanged(change: StateChange): void {
    void this.#outcomes.changed(change);
    if (change.state === 'failed') {
      const waiting = this.#publisher.drain();
      void this.#outcomes.failed(waiting, new ZerospanError('log-failed', this.#trouble.reason));
    }
    this.#moved();
  }
}
