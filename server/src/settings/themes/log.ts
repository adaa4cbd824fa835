import * as Type from '../../schema.ts';
import { bytes, ms, words } from '../words.ts';

/** Settings of what is kept for clients that come back. */
export const logSettings = Type.Object({
  bytes: Type.Integer(
    words({
      ...bytes(0, 2 ** 40),
      default: 64 * 1024 * 1024,
      description:
        'Bytes of publications that the log keeps, overhead included. 0: only the newest publication.',
    }),
  ),
  ageMs: Type.Integer(
    words({
      ...ms(0, 2 ** 40),
      default: 600_000,
      description:
        'How long the log keeps publications, in ms, by a clock that is never set. 0: as long as log.bytes ' +
        'allows.',
    }),
  ),
  lastBytes: Type.Integer(
    words({
      ...bytes(0, 2 ** 40),
      default: 8 * 1024 * 1024,
      description:
        'Bytes that the log keeps for the last publication of each channel beyond log.bytes and log.ageMs. 0: ' +
        'none beyond them.',
    }),
  ),
});
