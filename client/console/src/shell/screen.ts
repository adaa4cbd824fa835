import type { ComponentType } from 'preact';

/** What a person must be allowed to do, for a screen to be of use. */
export type Need = 'observe';

/** A screen of the console: `#/NAME`. Its code is loaded when it is opened first. */
export interface Screen {
  readonly name: string;
  readonly title: string;
  /** Behind `g`. */
  readonly key: string;
  /** One sentence: what one goes there for. */
  readonly what: string;
  /** Left out: it is offered to everybody. */
  readonly need?: Need;
  readonly load: () => Promise<{ readonly default: ComponentType }>;
}
