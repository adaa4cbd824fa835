import type {
  OpenedStore,
  Scanned,
  Stored,
  StoredEntry,
  StoreRecord,
} from '../../../server/src/core/log/store.ts';

/** What is known of one entry from outside: who was given what, and who was promised what. */
interface Known {
  readonly text: string;
  /** Its put has a key: by this number. */
  readonly id: number | undefined;
  readonly time: number;
  isAccepted: boolean;
  /** It was missing at a start, and that was reported. */
  isLost: boolean;
}

/** What has to hold of a log, whatever ends the process or the machine. It counts everything by itself. */
export class Ledger {
  readonly findings: string[] = [];
  readonly #known = new Map<number, Known>();
  /** By its text, what was appended in any life, whether it was answered or not: the number of its key. */
  readonly #appended = new Map<string, number | undefined>();
  /** Texts of what was said not to have been appended. */
  readonly #refused = new Set<string>();
  #epoch: string | undefined;
  /** Offset of the newest entry that anybody was given. */
  #highest = 0;

  get highest(): number {
    return this.#highest;
  }

  appended(record: StoreRecord): void {
    for (const channel of record.channels) this.#appended.set(textOf(record, channel), idOf(record));
  }

  written({ record, offset, time }: Stored): void {
    for (const [i, channel] of record.channels.entries())
      this.#give(offset + i, textOf(record, channel), time, idOf(record));
  }

  /** @param isSafe whether a completed sync covers it, where that was promised */
  accepted({ channels }: StoreRecord, offset: number, isSafe: boolean): void {
    if (!isSafe) this.#find(`offset ${offset} was accepted before a sync of it had completed`);
    channels.forEach((_, i) => {
      const known = this.#known.get(offset + i);
      if (known) known.isAccepted = true;
      else this.#find(`offset ${offset + i} was accepted and not handed over`);
    });
  }

  failed(record: StoreRecord, error: unknown): void {
    const { code } = error as { code?: string };
    if (code === 'log-failed')
      for (const channel of record.channels) this.#refused.add(textOf(record, channel));
    else if (code !== 'outcome-unknown') this.#find(`an append failed with ${String(error)}`);
  }

  /**
   * Compares what a start has found with what is known.
   * @param all everything that is held
   * @param isPromised whether an accepted entry must be there: after a power loss, only where it was synced first
   * @param mayLose whether anything may be missing
   */
  opened(
    { epoch, head, puts, forgottenUpTo }: OpenedStore,
    all: Scanned,
    { isPromised, mayLose, droppedUpTo }: { isPromised: boolean; mayLose: boolean; droppedUpTo: number },
  ): void {
    this.#epoch ??= epoch;
    if (epoch !== this.#epoch) this.#find(`the epoch was ${this.#epoch} and is ${epoch}`);
    if (head < this.#highest) this.#find(`the head is ${head}, though ${this.#highest} was given`);
    const found = new Map(all.entries.map((entry) => [entry.offset, entry]));
    for (const entry of all.entries) this.#compare(entry);
    for (const { offset, key } of puts) {
      const known = this.#known.get(offset);
      if ('putOf' in puts && puts.putOf(key.client, key.id)?.offset !== offset)
        this.#find(`put ${key.id} is not found`);
      if (known && known.id !== key.id)
        this.#find(`put ${key.id} is remembered at ${offset}, which has ${known.id}`);
      if (!found.has(offset) && offset > droppedUpTo) this.#find(`put ${key.id} is remembered and not there`);
    }
    const remembered = new Set([...puts].map(({ key }) => key.id));
    for (const [offset, known] of this.#known) {
      if (known.isLost || offset <= droppedUpTo) continue;
      const isThere = found.has(offset);
      if (known.id !== undefined && !remembered.has(known.id) && forgottenUpTo < known.time)
        this.#find(`put ${known.id} at ${offset} is forgotten, and nothing says so`);
      if (isThere) continue;
      known.isLost = true;
      if (!mayLose) this.#find(`offset ${offset} is missing`);
      if (isPromised && known.isAccepted) this.#find(`offset ${offset} was accepted and is missing`);
    }
  }

  /** What is missing above an offset must be reported to who asks from there, and as one. */
  reported(from: number, { dropped: [answer] }: Scanned): void {
    const lost = [...this.#known]
      .filter(([offset, { isLost }]) => isLost && offset > from)
      .map(([offset]) => offset);
    if (lost.length === 0) return;
    const [first, to] = [Math.min(...lost), Math.max(...lost)];
    const isExact =
      answer !== undefined && (answer.first ?? 0) <= first && answer.to >= to && answer.missed === null;
    if (!isExact)
      this.#find(`${first} to ${to} are lost; from ${from} was reported ${JSON.stringify(answer)}`);
  }

  /** What is there, though nobody was given it, is there from now on. */
  #compare({ offset, time, channel, payload, kind, stands }: StoredEntry): void {
    const text =
      kind === 'gap' ? `${channel} lost ${stands}` : `${channel} ${Buffer.from(payload).toString()}`;
    const known = this.#known.get(offset);
    if (known?.isLost) this.#find(`offset ${offset} was reported lost and is there again`);
    if (known && known.text !== text) this.#find(`offset ${offset} had ${known.text} and has ${text}`);
    if (this.#refused.has(text)) this.#find(`offset ${offset} has ${text}, which was refused`);
    if (!this.#appended.has(text)) this.#find(`offset ${offset} has ${text}, which nobody appended`);
    if (!known) this.#give(offset, text, time, this.#appended.get(text));
  }

  #give(offset: number, text: string, time: number, id: number | undefined): void {
    const before = this.#known.get(offset);
    if (before) this.#find(`offset ${offset} was given to ${before.text} and to ${text}`);
    this.#known.set(offset, { text, id, time, isAccepted: false, isLost: false });
    this.#highest = Math.max(this.#highest, offset);
  }

  #find(finding: string): void {
    if (this.findings.length < 10) this.findings.push(finding);
  }
}

function textOf(record: StoreRecord, channel: string): string {
  return record.kind === 'gap'
    ? `${channel} lost ${record.missed}`
    : `${channel} ${Buffer.from(record.payload).toString()}`;
}

function idOf(record: StoreRecord): number | undefined {
  return record.kind === 'put' ? record.key?.id : undefined;
}
