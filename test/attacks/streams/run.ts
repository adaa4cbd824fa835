import { AttackedServer } from '../costs/attacked-server.ts';
import type { Held } from './held.ts';
import { putLines } from './put-lines.ts';
import { UNPACED } from './scene.ts';
import { stoppedReaders } from './stopped-readers.ts';

export interface StreamsOptions {
  readonly readers: number;
  readonly lines: number;
  readonly onDone?: (held: Held) => void;
}

/** What streams over HTTP make a server hold. */
export async function streams({ readers, lines, onDone }: StreamsOptions): Promise<Held[]> {
  const server = await AttackedServer.start(UNPACED);
  const all: Held[] = [];
  const measured = (held: Held): void => {
    all.push(held);
    onDone?.(held);
  };
  try {
    // 20 MB/s; and such that an event is many times longer than what the log holds of it.
    measured(await stoppedReaders(server, { readers, payloadBytes: 8_192, rate: 2_500 }));
    measured(await stoppedReaders(server, { readers, payloadBytes: 8, rate: 20_000 }));
    measured(await stoppedReaders(server, { readers, payloadBytes: 8, rate: 20_000, last: 10_000 }));
    // What is made with the first request is no cost of the next ones.
    await putLines(server, { lines: Math.ceil(lines / 10), lineBytes: 120, answers: 'read' });
    for (const lineBytes of [120, 1_024])
      for (const answers of ['read', 'late'] as const)
        measured(await putLines(server, { lines, lineBytes, answers }));
  } finally {
    await server.stop();
  }
  return all;
}
