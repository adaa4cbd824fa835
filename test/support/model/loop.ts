import { promises } from './promises.ts';

/** The event loop of one process, which the test turns. */
export class Loop {
  #due: (() => void)[] = [];

  readonly endOfTurn = (action: () => void): void => {
    this.#due.push(action);
  };

  get isAtRest(): boolean {
    return this.#due.length === 0;
  }

  /** Ends one turn; says whether there was anything to do. */
  async turn(): Promise<boolean> {
    const due = this.#due.splice(0);
    for (const action of due) {
      action();
      await promises();
    }
    return due.length > 0;
  }
}
