import { byId } from '../dom.ts';
import { count } from '../format.ts';
import { type Entry, History, passes } from './history.ts';
import { rowOf } from './row.ts';

/** Rows in the page, however many publications come. */
const MOST_ROWS = 200;
/** The tail is drawn at most this often, in ms. At 5,000 a second nobody reads faster, and input stays quick. */
const DRAW_MS = 100;
/** So near to the end, in pixels, the reader is taken to follow. */
const NEAR_END = 24;

/**
 * The live tail, newest at the bottom. It follows until the reader pauses it, with the button, by scrolling up or by
 * opening a long message; meanwhile what comes in is held, bounded, and what is on the screen stays still.
 */
export class Tail {
  readonly #scroll = byId('scroll', HTMLElement);
  readonly #rows = byId('rows', HTMLOListElement);
  readonly #filter = byId('filter', HTMLInputElement);
  readonly #pause = byId('pause', HTMLButtonElement);
  readonly #count = byId('count', HTMLElement);
  readonly #emptyBus = byId('empty-bus', HTMLElement);
  readonly #emptyLead = byId('empty-lead', HTMLElement);
  readonly #emptyFilter = byId('empty-filter', HTMLElement);
  readonly #emptyText = byId('empty-text', HTMLElement);

  #history = new History();
  /** What came in since the reader paused; undefined while the tail follows. */
  #held: History | undefined;
  #heldCount = 0;
  #pausedBy: 'button' | 'scroll' | undefined;
  /** Entries that the next draw shows, and whether they replace the rows rather than follow them. */
  #fresh: Entry[] = [];
  #replacesRows = false;
  #received = 0;
  /** Publications that were in the log when the page was opened. */
  #past = 0;
  #drawAsked = false;
  #drawnMs = 0;
  #lastTop = 0;

  constructor() {
    this.#pause.addEventListener('click', () => (this.#held ? this.#follow() : this.#hold('button')));
    this.#filter.addEventListener('input', () => this.#rebuild());
    this.#scroll.addEventListener('scroll', () => this.#scrolled(), { passive: true });
    // Captured, because toggle does not bubble.
    this.#rows.addEventListener('toggle', () => this.#hold('button'), { capture: true });
    new ResizeObserver(() => this.#toEnd()).observe(this.#scroll);
    this.#soon();
  }

  /** The page is subscribed: where nothing is shown, nothing is there. */
  subscribed(): void {
    this.#emptyLead.textContent = 'The log holds no messages, and none has come since you opened this page.';
  }

  /** Shows an entry. @param isPast it was in the log when the page was opened */
  push(entry: Entry, isPast = false): void {
    if (entry.kind === 'publication') {
      if (!isPast && this.#past > 0 && this.#received === 0)
        this.push({
          kind: 'note',
          text: 'Up to here from the log; what follows came since the page was opened.',
        });
      if (isPast) this.#past++;
      else this.#received++;
    }
    if (this.#held) {
      this.#held.push(entry);
      this.#heldCount++;
    } else {
      this.#history.push(entry);
      if (passes(entry, this.#filter.value)) this.#fresh.push(entry);
      if (this.#fresh.length > MOST_ROWS) this.#fresh.shift();
    }
    this.#soon();
  }

  /** One draw, in an animation frame, shows all that came since the last; a lone message is drawn in the next frame. */
  #soon(): void {
    if (this.#drawAsked) return;
    this.#drawAsked = true;
    const ask = () => requestAnimationFrame(() => this.#show());
    const waitMs = this.#drawnMs + DRAW_MS - performance.now();
    if (waitMs > 0) setTimeout(ask, waitMs);
    else ask();
  }

  #show(): void {
    this.#drawAsked = false;
    this.#drawnMs = performance.now();
    if (this.#replacesRows || this.#fresh.length > 0) {
      const rows = this.#fresh.map(rowOf);
      if (this.#replacesRows) this.#rows.replaceChildren(...rows);
      else this.#rows.append(...rows);
      this.#replacesRows = false;
      this.#fresh = [];
      while (this.#rows.childElementCount > MOST_ROWS) this.#rows.firstElementChild?.remove();
      this.#toEnd();
    }
    this.#label();
  }

  #label(): void {
    // Gaps pass every filter, so they are no answer to it.
    const shown =
      this.#rows.childElementCount - this.#rows.querySelectorAll(':scope > .gap, :scope > .note').length;
    const filtered = this.#filter.value !== '';
    const known = this.#received + this.#past;
    this.#emptyBus.hidden = known > 0 || this.#rows.getElementsByClassName('gap').length > 0;
    this.#emptyFilter.hidden = shown > 0 || !filtered || known === 0;
    this.#emptyText.textContent = this.#filter.value;
    const news = this.#heldCount > 0 ? ` · ${count(this.#heldCount)} new` : '';
    this.#pause.textContent = this.#held ? `Resume${news}` : 'Pause';
    const by = filtered ? ' by the filter' : '';
    const counts = [
      `${count(shown)} shown${by}`,
      ...(this.#past > 0 ? [`${count(this.#past)} from the log`] : []),
      ...(this.#received > 0 ? [`${count(this.#received)} received`] : []),
    ];
    this.#count.textContent = known > 0 ? counts.join(', ') : '';
  }

  #rebuild(): void {
    this.#fresh = this.#history.newest(MOST_ROWS, this.#filter.value);
    this.#replacesRows = true;
    this.#soon();
  }

  #hold(by: 'button' | 'scroll'): void {
    this.#pausedBy = by;
    this.#held ??= new History();
    this.#soon();
  }

  #follow(): void {
    if (this.#held) this.#history.pushAll(this.#held);
    this.#held = undefined;
    this.#heldCount = 0;
    this.#pausedBy = undefined;
    this.#rebuild();
  }

  #scrolled(): void {
    const { scrollTop, scrollHeight, clientHeight } = this.#scroll;
    const wentUp = scrollTop < this.#lastTop;
    const atEnd = scrollHeight - clientHeight - scrollTop <= NEAR_END;
    this.#lastTop = scrollTop;
    if (wentUp && !atEnd && !this.#held) this.#hold('scroll');
    else if (atEnd && this.#pausedBy === 'scroll') this.#follow();
  }

  #toEnd(): void {
    if (this.#held) return;
    this.#scroll.scrollTop = this.#scroll.scrollHeight;
    this.#lastTop = this.#scroll.scrollTop;
  }
}
