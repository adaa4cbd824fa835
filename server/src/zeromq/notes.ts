import type { Excess } from './sockets/excesses.ts';
import type { ZeroMqBridge } from './zeromq-bridge.ts';

const EXCESS_NOTES: Readonly<Record<Excess, string>> = {
  parts: 'ZeroMQ: a peer sent a message with far too many parts',
  topics: 'bus.topicBytes: native subscribers held more topics',
  'waiting-bytes': 'bus.waitingBytes: the high-water mark was lowered',
  'upstream-messages': 'ZeroMQ: a native subscriber sent messages to bus.address',
};

/** What readiness says of the ZeroMQ side. Anybody may ask: addresses are in the log. */
export function zeroMqNotes({ loops, excesses }: Pick<ZeroMqBridge, 'loops' | 'excesses'>): string[] {
  return [
    ...(loops.length > 0
      ? [
          'bus.sources: a circle of bridges of different versions; what comes in from one source is not republished, so ' +
            'ZeroMQ subscribers of this server do not receive it. Update the servers of the circle.',
        ]
      : []),
    ...excesses.map((excess) => `${EXCESS_NOTES[excess]}; connections were ended, and messages may be lost`),
  ];
}
