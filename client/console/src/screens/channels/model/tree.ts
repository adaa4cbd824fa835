import type { ChannelGroup, ChannelOrder, ChannelsPage, ObservedChannel } from '@zerospan/shared';
import { Tick } from '../../../data/tick.ts';
import type { ChannelSource } from './sources.ts';

/** Rows read at once. */
const PAGE = 100;
/** Windows kept of one level; those that are out of sight go first. */
const PAGES_MOST = 60;
/**
 * What is visible is read again this often, in ms, and less often where there are many channels: for each answer the
 * server goes through all of them, 13 ms of its processor with 100,000.
 */
const REFRESH_MS = 2_000;
const REFRESH_MS_A_CHANNEL = 0.1;
const REFRESH_MOST_MS = 15_000;

export type TreeRow =
  | { readonly kind: 'group'; readonly group: ChannelGroup; readonly place: Place; readonly isOpen: boolean }
  | { readonly kind: 'channel'; readonly channel: ObservedChannel; readonly place: Place }
  /** Not read yet. */
  | { readonly kind: 'unread'; readonly place: Place };

/** Where a row stands among its siblings. */
interface Place {
  /** From 1. */
  readonly depth: number;
  readonly index: number;
  readonly siblings: number;
  /** The beginning that its level has in common, and that is not shown again. */
  readonly prefix: string;
}

/** All that begins with a prefix: as many rows as there are, of which some windows are here. */
class Level {
  readonly prefix: string;
  readonly depth: number;
  total = 0;
  readonly pages = new Map<number, readonly (ChannelGroup | ObservedChannel)[]>();
  readonly reading = new Set<number>();
  /** Groups that are open, by prefix. */
  readonly open = new Map<string, { index: number; readonly level: Level }>();

  constructor(prefix: string, depth: number) {
    this.prefix = prefix;
    this.depth = depth;
  }

  /** Rows with all that is open beneath. */
  get count(): number {
    let sum = this.total;
    for (const { level } of this.open.values()) sum += level.count;
    return sum;
  }

  /** The level and place in which a row lies. */
  find(row: number): { readonly level: Level; readonly index: number } {
    let shift = 0;
    for (const { index, level } of [...this.open.values()].toSorted(
      (one, other) => one.index - other.index,
    )) {
      const start = index + shift;
      if (row <= start) break;
      const { count } = level;
      if (row <= start + count) return level.find(row - start - 1);
      shift += count;
    }
    return { level: this, index: row - shift };
  }

  /** Channels in it, as far as is known. */
  get channels(): number {
    let sum = 0;
    for (const page of this.pages.values())
      for (const item of page) sum += 'channel' in item ? 1 : item.channels;
    return Math.max(sum, this.total);
  }

  take(page: number, { groups, channels, total }: ChannelsPage): void {
    this.total = total;
    this.pages.set(page, [...groups, ...channels]);
    for (const [i, { prefix }] of groups.entries()) {
      const opened = this.open.get(prefix);
      if (opened) opened.index = page * PAGE + i;
    }
  }
}

/**
 * The channels as a tree, of which only what is visible is ever read: 100,000 of them are a scroll bar and a few
 * windows.
 */
export class Tree {
  readonly tick = new Tick();
  readonly #source: ChannelSource;
  readonly #order: { readonly separator: string; readonly search: string; readonly sort: ChannelOrder };
  readonly #root = new Level('', 1);
  /** Groups that are open, or will be when they have come. */
  readonly #open: Set<string>;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #visible: readonly [from: number, to: number] = [0, PAGE];
  #problem: Error | undefined;
  #isRead = false;
  #isClosed = false;

  constructor(
    source: ChannelSource,
    order: { readonly separator: string; readonly search: string; readonly sort: ChannelOrder },
    open: readonly string[] = [],
  ) {
    this.#open = new Set(open);
    this.#source = source;
    this.#order = order;
    this.#read(true);
    this.#readAgain();
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }

  get count(): number {
    return this.#root.count;
  }

  /** Beginnings of names whose level is open. */
  get open(): readonly string[] {
    return [...this.#open];
  }

  /** Why nothing can be read. */
  get problem(): Error | undefined {
    return this.#problem;
  }

  /** Whether anything was read yet. */
  get isRead(): boolean {
    return this.#isRead;
  }

  rowAt(row: number): TreeRow {
    const { level, index } = this.#root.find(row);
    const place = { depth: level.depth, index, siblings: level.total, prefix: level.prefix };
    const item = level.pages.get(Math.floor(index / PAGE))?.[index % PAGE];
    if (item === undefined) return { kind: 'unread', place };
    if ('channel' in item) return { kind: 'channel', channel: item, place };
    return { kind: 'group', group: item, place, isOpen: level.open.has(item.prefix) };
  }

  /** Reads what has come into view. */
  see(from: number, to: number): void {
    this.#visible = [Math.max(0, from), Math.max(0, to)];
    this.#read(false);
  }

  /** Opens a group, or closes it. What is no group stays. */
  toggle(row: number): void {
    const { level, index } = this.#root.find(row);
    const item = level.pages.get(Math.floor(index / PAGE))?.[index % PAGE];
    if (item === undefined || 'channel' in item) return;
    if (level.open.delete(item.prefix)) this.#open.delete(item.prefix);
    else this.#openLevel(level, item.prefix, index);
    this.tick.changed();
  }

  #openLevel(level: Level, prefix: string, index: number): void {
    const opened = new Level(prefix, level.depth + 1);
    this.#open.add(prefix);
    level.open.set(prefix, { index, level: opened });
    void this.#ask(opened, 0);
  }

  #readAgain(): void {
    const restMs = Math.max(REFRESH_MS, this.#root.channels * REFRESH_MS_A_CHANNEL);
    this.#timer = setTimeout(
      () => {
        if (!document.hidden) this.#read(true);
        this.#readAgain();
      },
      Math.min(restMs, REFRESH_MOST_MS),
    );
  }

  /** @param again also what is here already */
  #read(again: boolean): void {
    const needed = new Map<Level, Set<number>>();
    const [from, to] = this.#visible;
    for (let row = from; row < Math.min(to, this.count); row++) {
      const { level, index } = this.#root.find(row);
      const pages = needed.get(level) ?? new Set<number>();
      needed.set(level, pages.add(Math.floor(index / PAGE)));
    }
    // Any page says how many rows there are.
    if (!needed.has(this.#root)) needed.set(this.#root, new Set([0]));
    for (const [level, pages] of needed) {
      for (const page of pages) if (again || !level.pages.has(page)) void this.#ask(level, page);
      for (const page of level.pages.keys())
        if (level.pages.size > PAGES_MOST && !pages.has(page)) level.pages.delete(page);
    }
  }

  async #ask(level: Level, page: number): Promise<void> {
    if (level.reading.has(page)) return;
    level.reading.add(page);
    try {
      const query = { ...this.#order, prefix: level.prefix, skip: page * PAGE, limit: PAGE };
      const answer = await this.#source.page(query);
      if (this.#isClosed) return;
      level.take(page, answer);
      for (const [i, { prefix }] of answer.groups.entries())
        if (this.#open.has(prefix) && !level.open.has(prefix))
          this.#openLevel(level, prefix, page * PAGE + i);
      this.#isRead = true;
      this.#problem = undefined;
    } catch (error) {
      if (!this.#isClosed) this.#problem = error instanceof Error ? error : new Error(String(error));
    } finally {
      level.reading.delete(page);
    }
    this.tick.changed();
  }
}
