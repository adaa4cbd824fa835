import { say, type Terminal } from '../terminal/terminal.ts';

const PROGRESS_MS = 1_000;

/** Prints how many connections are open, now and then, on a terminal only. */
export function connectingProgress(
  count: number,
  what: string,
  terminal: Terminal,
): (standing: number) => void {
  let saidMs = performance.now();
  return (standing) => {
    if (!terminal.stderr.isTTY || performance.now() - saidMs < PROGRESS_MS) return;
    saidMs = performance.now();
    say(terminal, `  ${standing} of ${counted(count, what)}`);
  };
}

/**
 * Prints the rates of each second on a terminal; nothing in a pipe.
 * @param counts messages sent and received so far
 * @returns ends it
 */
export function ratesProgress(
  counts: () => { readonly sent: number; readonly received: number },
  terminal: Terminal,
): () => void {
  if (!terminal.stderr.isTTY) return () => undefined;
  const beganMs = performance.now();
  let before = { ...counts(), ms: beganMs };
  const timer = setInterval(() => {
    const now = { ...counts(), ms: performance.now() };
    const rate = (n: number): string => `${whole((n * 1_000) / (now.ms - before.ms))}/s`;
    const line = `${rate(now.sent - before.sent)} sent, ${rate(now.received - before.received)} received`;
    say(terminal, `  ${seconds(now.ms - beganMs)}: ${line}`);
    before = now;
  }, PROGRESS_MS);
  return () => clearInterval(timer);
}

export function seconds(ms: number): string {
  return `${Math.round(ms / 100) / 10} s`;
}

export function whole(n: number): string {
  return Math.round(n).toLocaleString('en-US');
}

export function counted(n: number, what: string): string {
  return `${whole(n)} ${what}${n === 1 ? '' : 's'}`;
}
