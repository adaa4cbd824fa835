import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { endsWithUs, OWN_GROUP } from './children.ts';
import { until } from './until.ts';

const program = fileURLToPath(new URL('./native-publisher.ts', import.meta.url));

/** A native publisher that is a process of its own, so that it can be killed, or stand still. */
export class PublisherProcess {
  readonly #child: ChildProcess;
  /** Where it is bound or connected. */
  #address = '';
  /** How many times it was subscribed to: once for each connection. */
  #subscribed = 0;

  /** One for a test, which kills it at the latest when it is finished. */
  static async start(role: 'bind' | 'connect', address: string): Promise<PublisherProcess> {
    const publisher = new PublisherProcess(role, address);
    onTestFinished(() => void publisher.#child.kill('SIGKILL'));
    await until('the publisher', () => publisher.#address !== '');
    return publisher;
  }

  private constructor(role: string, address: string) {
    this.#child = endsWithUs(fork(program, [role, address], { ...OWN_GROUP, execArgv: ['--import', 'tsx'] }));
    this.#child.on('message', (message: { at?: string; subscribed?: true }) => {
      this.#address = message.at ?? this.#address;
      if (message.subscribed) this.#subscribed++;
    });
  }

  /** Waits until somebody takes everything. */
  subscribed(): Promise<true> {
    return until('a subscription to everything', () => this.#subscribed > 0);
  }

  send(...messages: string[][]): void {
    this.#child.send(messages);
  }

  signal(name: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void {
    this.#child.kill(name);
  }
}
