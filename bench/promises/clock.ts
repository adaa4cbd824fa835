import { pause } from 'zerospan/load';

export { pause };

/**
 * ms of a clock that all processes of this machine share and that nobody sets: a moment in one can be taken from a
 * moment in another.
 */
export function sharedMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/**
 * Asks again and again, every 100 ms, until the answer is enough. After `limitMs` the last answer is given as it is.
 */
export async function askUntil<T>(
  ask: () => Promise<T>,
  isEnough: (answer: T) => boolean,
  limitMs: number,
): Promise<T> {
  const untilMs = sharedMs() + limitMs;
  for (;;) {
    const answer = await ask();
    if (isEnough(answer) || sharedMs() > untilMs) return answer;
    await pause(100);
  }
}
