import { RawWebSocket } from '../support/raw-websocket.ts';
import { malformed } from './malformed.ts';
import type { Attack } from './report.ts';
import { resets, STAGES } from './resets.ts';
import { Victim } from './victim.ts';

export interface AttackOptions {
  /** At each stage. */
  readonly resets: number;
  readonly malformed: number;
  readonly seed: number;
  readonly onDone?: (attack: Attack) => void;
}

/**
 * Attacks one server in every way, one after the other. It must live, and serve somebody who has been there all along.
 */
export async function attacks({
  resets: times,
  malformed: inputs,
  seed,
  onDone,
}: AttackOptions): Promise<Attack[]> {
  const victim = await Victim.start();
  const bystander = await RawWebSocket.greeted(victim.ws);
  const { ws } = victim;
  const ways: [name: string, times: number, act: (times: number) => Promise<void>][] = [
    ...Object.keys(STAGES).map((stage): [string, number, (n: number) => Promise<void>] => [
      `reset after ${stage}`,
      times,
      (n) => resets(ws, stage, n),
    ]),
    ['malformed frames', inputs, (n) => malformed(ws, n, seed)],
  ];
  const done: Attack[] = [];
  try {
    // Once through everything: what is made with the first of a kind is no trace of the others.
    for (const [, n, act] of ways) await act(Math.ceil(n / 20));
    const atRest = await victim.holding();
    for (const [name, n, act] of ways) {
      const before = await victim.settled(atRest);
      const beganMs = performance.now();
      await act(n);
      const tookMs = performance.now() - beganMs;
      await bystander.answers();
      const attack = { name, times: n, tookMs, before, after: await victim.settled(before) };
      done.push(attack);
      onDone?.(attack);
    }
  } finally {
    bystander.close();
    await victim.stop();
  }
  return done;
}
