import * as Type from '../../schema.ts';
import { bytes, ms, words } from '../words.ts';

/** Settings of what is kept for clients that come back. */
export const logSettings = Type.Object({
  bytes: Type.Integer(
    words({
      ...bytes(0, 2 ** 40),
      default: 64 * 1024 * 1024,
      description:
        'Bytes of publications kept for clients that come back, overhead included. 0: only the newest publication.',
    }),
  ),
  ageMs: Type.Integer(
    words({
      ...ms(0, 2 ** 40),
      default: 600_000,
      description:
        'How long publications are kept, in ms, by a clock that nobody sets. 0: as long as log.bytes allows.',
    }),
  ),
  lastBytes: Type.Integer(
    words({
      ...bytes(0, 2 ** 40),
      default: 8 * 1024 * 1024,
      description:
        'Bytes kept for the last publication of each channel beyond log.bytes and log.ageMs. 0: none is kept beyond them.',
    }),
  ),
});
