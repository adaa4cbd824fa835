import { systemClock } from '@zerospan/shared';

type Listeners<Events extends Record<keyof Events, unknown[]>> = {
  [E in keyof Events]?: readonly ((...args: Events[E]) => void)[];
};

/** Listeners by event. A list is replaced, never changed, so that a listener may take itself off while it is called. */
export class Emitter<Events extends Record<keyof Events, unknown[]>> {
  readonly #listeners: Listeners<Events> = {};

  on<E extends keyof Events>(event: E, listener: (...args: Events[E]) => void): () => void {
    // Wrapped, so that the same function registered twice is two listeners, each with an off() of its own.
    const own = (...args: Events[E]): void => listener(...args);
    this.#listeners[event] = [...(this.#listeners[event] ?? []), own];
    return () => {
      this.#listeners[event] = (this.#listeners[event] ?? []).filter((each) => each !== own);
    };
  }

  hears(event: keyof Events): boolean {
    return (this.#listeners[event] ?? []).length > 0;
  }

  emit<E extends keyof Events>(event: E, ...args: Events[E]): void {
    for (const listener of this.#listeners[event] ?? []) {
      try {
        listener(...args);
      } catch (error) {
        // A listener that fails must be seen, yet not stop the frame that is being dealt with.
        later(() => {
          throw error;
        });
      }
    }
  }
}

function later(action: () => void): void {
  // Not every platform has it.
  const { queueMicrotask: soon } = globalThis as { queueMicrotask?: (action: () => void) => void };
  if (soon) soon(action);
  else systemClock.later(0, action);
}
