import { byId } from './dom.ts';
import { count } from './format.ts';

const SECONDS = 60;
/** The sparkline's top is at least this many a second, so that one message a minute is no mountain. */
const LEAST_TOP = 5;

/** Publications a second: the last whole second, and the minute before it. Every one counts, shown or not. */
export class Rate {
  readonly #now = byId('rate-now', HTMLElement);
  readonly #peak = byId('rate-peak', HTMLElement);
  readonly #sparkline = byId('sparkline', SVGSVGElement);
  readonly #line = this.#sparkline.querySelector('.line');
  readonly #area = this.#sparkline.querySelector('.area');

  /** Whole seconds, oldest first. */
  readonly #seconds: number[] = new Array<number>(SECONDS).fill(0);
  #current = 0;
  #startedMs = performance.now();

  constructor() {
    this.#draw();
  }

  add(): void {
    this.#current++;
  }

  /** To be called a few times a second. A browser that put the page to sleep catches up here. */
  tick(nowMs = performance.now()): void {
    const passed = Math.floor((nowMs - this.#startedMs) / 1000);
    if (passed < 1) return;
    this.#startedMs += passed * 1000;
    // What came while the page slept is spread over the time it slept: nobody knows better.
    const each = this.#current / passed;
    for (let i = Math.max(0, passed - SECONDS); i < passed; i++) this.#seconds.push(each);
    this.#seconds.splice(0, this.#seconds.length - SECONDS);
    this.#current = 0;
    this.#draw();
  }

  #draw(): void {
    const now = Math.round(this.#seconds.at(-1) ?? 0);
    const peak = Math.round(Math.max(...this.#seconds));
    this.#now.textContent = count(now);
    this.#peak.textContent = count(peak);
    const line = pathOf(this.#seconds, Math.max(peak, LEAST_TOP));
    this.#line?.setAttribute('d', line);
    this.#area?.setAttribute('d', `${line}V100H0Z`);
    this.#sparkline.setAttribute(
      'aria-label',
      `Publications a second over the last minute: ${count(now)} now, ${count(peak)} at most`,
    );
  }
}

/** A path over x from 0 on, one step a value, and y from 100 (zero) up to 4 (the top, with room for the stroke). */
export function pathOf(values: readonly number[], top: number): string {
  return values
    .map((value, x) => `${x === 0 ? 'M' : 'L'}${x} ${(100 - (96 * value) / top).toFixed(1)}`)
    .join('');
}
