import { styled, type Terminal } from '../terminal/terminal.ts';
import { BOTS, botOf, type Choice, NATIVE_BOT, type Tally } from './story.ts';

/** What is printed of each vote: when, whose, what, and how the vote stands. */
export function voteLine(
  channel: string,
  choice: Choice,
  { yes, no, waiting }: Tally,
  afterMs: number,
  { stdout, env }: Terminal,
): string {
  const dress = (style: Choice, text: string): string =>
    styled(style === 'yes' ? 'green' : 'red', text, stdout, env);
  const open = styled('dim', '·'.repeat(waiting), stdout, env);
  const bar = dress('yes', '█'.repeat(yes)) + open + dress('no', '█'.repeat(no));
  const seconds = `${(afterMs / 1_000).toFixed(1)} s`.padStart(7);
  const bot = botOf(channel);
  const way = bot === NATIVE_BOT ? '  through ZeroMQ' : '';
  const name = `bot ${String(bot).padEnd(String(BOTS).length)}`;
  return `${seconds}  ${name}  ${dress(choice, choice.padEnd(3))}  ${bar}  ${yes} yes, ${no} no${way}`;
}

export function outcomeLine({ yes, no, waiting }: Tally, { stdout, env }: Terminal): string {
  const outcome = yes === no ? 'a draw' : yes > no ? 'yes' : 'no';
  const missing = waiting > 0 ? `, ${waiting} did not vote` : '';
  return `  ${styled('bold', `It is ${outcome}`, stdout, env)}: ${yes} yes, ${no} no${missing}.\n`;
}
