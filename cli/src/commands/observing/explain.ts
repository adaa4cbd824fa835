import type { Explanation } from '@zerospan/shared';
import { printable, type Terminal } from '../../terminal/terminal.ts';
import { type ObservingOptions, observe, withQuery } from './observe.ts';

/** Writes what became of a publication at a client, and what that follows from. */
export function explain(
  position: string,
  client: string,
  options: ObservingOptions,
  terminal: Terminal,
): Promise<number> {
  return observe(withQuery('v1/explain', { offset: position, client }), options, terminal, explanationLines);
}

export function explanationLines({ verdict, sentence, evidence }: Explanation): string[] {
  const lines = evidence.map(
    ({ time, text }) => `${time === null ? '' : new Date(time).toISOString()} ${text}`,
  );
  return [`${verdict}: ${sentence}`, ...(lines.length > 0 ? ['', ...lines] : [])].map(printable);
}
