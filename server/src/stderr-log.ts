import type { Writable } from 'node:stream';
import type { FastifyBaseLogger } from 'fastify';
import { pino } from 'pino';
import type { Meter } from './core/meter.ts';
import { LineWriter } from './line-writer.ts';
import type { Redaction } from './redaction.ts';
import { printable, styled } from './terminal-text.ts';

type Level = 'fatal' | 'error' | 'warn';

export interface StderrLogOptions {
  readonly stderr: Writable & { readonly isTTY?: boolean };
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly redaction: Redaction;
}

export interface StderrLog {
  readonly logger: FastifyBaseLogger;
  readonly meter: Meter;
}

/**
 * The server's log on stderr: a sentence a line where a person reads it, JSON lines where a program does. Warnings
 * and worse, and no secrets. A line that cannot be written is counted, and reported as soon as one can be.
 */
export function stderrLog(options: StderrLogOptions): StderrLog {
  const { writer, logger } = options.stderr.isTTY ? sentences(options) : jsonLines(options);
  return {
    logger,
    meter: {
      kind: 'counter',
      name: 'zerospan_log_lines_lost_total',
      help: "Lines of the server's log on stderr that could not be written: a full disk, or a reader that is gone or has stopped",
      read: () => [['', writer.lost]],
    },
  };
}

interface Log {
  readonly writer: LineWriter;
  readonly logger: FastifyBaseLogger;
}

function jsonLines({ stderr, redaction }: StderrLogOptions): Log {
  const writer = new LineWriter(stderr, (lost) => {
    const { pid } = process;
    return `${JSON.stringify({ level: 40, time: Date.now(), pid, lost, msg: LOST })}\n`;
  });
  // On the line as it is written: nothing that a logger adds on its way can be forgotten.
  return { writer, logger: pino({ level: 'warn' }, { write: (line) => writer.write(redaction.line(line)) }) };
}

const LOST = 'lines of this log could not be written before this one';

function sentences({ stderr, env, redaction }: StderrLogOptions): Log {
  const word = (level: Level): string =>
    styled(level === 'warn' ? 'yellow' : 'red', level === 'warn' ? 'warning' : level, stderr, env);
  const writer = new LineWriter(stderr, (lost) => `${word('warn')}: ${lost} ${LOST}\n`);
  const line =
    (level: Level) =>
    (about: unknown, text?: string): void => {
      const [said, ...more] = sentence(about, redaction, text).map((part) => printable(redaction.text(part)));
      writer.write(`${word(level)}: ${[said, ...more.map((part) => `  ${part}`)].join('\n')}\n`);
    };
  const quiet = (): void => undefined;
  const logger = {
    level: 'warn',
    fatal: line('fatal'),
    error: line('error'),
    warn: line('warn'),
    info: quiet,
    debug: quiet,
    trace: quiet,
    silent: quiet,
    child: () => logger,
  } as FastifyBaseLogger;
  return { writer, logger };
}

/** `text (name value, name value)`, and what to do on a line of its own. */
function sentence(about: unknown, redaction: Redaction, text?: string): string[] {
  if (typeof about === 'string') return [about];
  if (about instanceof Error) return [[text, about.stack ?? about.message].filter(Boolean).join(': ')];
  const { remedy, ...known } = (about ?? {}) as Record<string, unknown>;
  const details = Object.entries(known).map(([name, value]) =>
    value instanceof Error ? value.message : `${name} ${redaction.value(name, value)}`,
  );
  const said = `${text ?? ''}${details.length > 0 ? ` (${details.join(', ')})` : ''}`;
  return remedy === undefined ? [said] : [said, redaction.value('remedy', remedy)];
}
