import type { FastifyBaseLogger } from 'fastify';
import { pino } from 'pino';
import type { Redaction } from '../redaction.ts';
import { printable } from './compact.ts';
import { redactionOf } from './secrecy.ts';
import { styled, type Terminal } from './terminal.ts';

type Level = 'fatal' | 'error' | 'warn';

/** The server's log on stderr: a sentence a line for somebody who watches, JSON lines for a machine. Warnings and worse, and no secrets. */
export function serverLog(terminal: Terminal, redaction = redactionOf(terminal.env)): FastifyBaseLogger {
  if (terminal.stderr.isTTY) return sentences(terminal, redaction);
  // On the line as it is written: nothing that a logger adds on its way can be forgotten.
  const stream = { write: (line: string) => void terminal.stderr.write(redaction.line(line)) };
  return pino({ level: 'warn' }, stream);
}

function sentences(terminal: Terminal, redaction: Redaction): FastifyBaseLogger {
  const line =
    (level: Level) =>
    (about: unknown, text?: string): void => {
      const { stderr, env } = terminal;
      const word = styled(
        level === 'warn' ? 'yellow' : 'red',
        level === 'warn' ? 'warning' : level,
        stderr,
        env,
      );
      stderr.write(`${word}: ${printable(redaction.text(sentence(about, redaction, text)))}\n`);
    };
  const quiet = (): void => undefined;
  const log = {
    level: 'warn',
    fatal: line('fatal'),
    error: line('error'),
    warn: line('warn'),
    info: quiet,
    debug: quiet,
    trace: quiet,
    silent: quiet,
    child: () => log,
  } as FastifyBaseLogger;
  return log;
}

/** `text (name value, name value)`. */
function sentence(about: unknown, redaction: Redaction, text?: string): string {
  if (typeof about === 'string') return about;
  if (about instanceof Error) return [text, about.stack ?? about.message].filter(Boolean).join(': ');
  const details = Object.entries((about ?? {}) as object).map(([name, value]) =>
    value instanceof Error ? value.message : `${name} ${redaction.value(name, value)}`,
  );
  return `${text ?? ''}${details.length > 0 ? ` (${details.join(', ')})` : ''}`;
}
