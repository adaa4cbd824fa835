import { Bus, type BusOptions, type Gap, type Publication, type Subscriber } from '@zerospan/client';
import { onTestFinished } from 'vitest';
import { until } from './until.ts';

/** A bus for one test, closed after it. It comes back at once where the protocol would have it draw a wait. */
export function testBus(url: string, options: BusOptions = {}): Bus {
  const bus = new Bus(url, { random: () => 0, ...options });
  onTestFinished(() => bus.close({ timeoutMs: 0 }));
  return bus;
}

export function state(bus: Bus, expected: Bus['state']): Promise<true> {
  return until(`the state ${expected}`, () => bus.state === expected);
}

/** What a subscriber is given, gaps at their place. */
export type Given = Publication | Gap;

/** Keeps all that a subscriber is given. To be made in the turn in which the subscriber is. */
export class Kept {
  readonly all: Given[] = [];

  constructor(subscriber: Subscriber) {
    subscriber.on('publication', (publication) => this.all.push(publication));
    subscriber.on('gap', (gap) => this.all.push(gap));
  }

  get publications(): Publication[] {
    return this.all.filter((each) => 'offset' in each);
  }

  get gaps(): Gap[] {
    return this.all.filter((each) => 'reason' in each);
  }

  get messages(): unknown[] {
    return this.publications.map(({ message }) => message);
  }

  get offsets(): number[] {
    return this.publications.map(({ offset }) => offset);
  }

  /** Waits for a publication with this message. */
  async got(message: unknown, withinMs?: number): Promise<void> {
    await until(
      `the message ${JSON.stringify(message)}`,
      () => this.publications.at(-1)?.message === message || this.messages.includes(message),
      withinMs,
    );
  }
}

/** The whole numbers from one to another, both included. */
export function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(to - from + 1, 0) }, (_, i) => from + i);
}
