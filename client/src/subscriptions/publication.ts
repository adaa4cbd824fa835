import type { PublicationFrame } from '@zerospan/shared';
import type { Publication } from '../types.ts';

/**
 * A frame as users see it. `message` is a property of its own rather than of a class, so that it is there in
 * JSON.stringify and in a copy; it is parsed once, and not at all where only `text` is read.
 */
export function publicationOf({ offset, time, channel, text }: PublicationFrame, epoch: string): Publication {
  let parsed: { readonly message: unknown } | undefined;
  return {
    channel,
    get message() {
      parsed ??= { message: JSON.parse(text) as unknown };
      return parsed.message;
    },
    text,
    offset,
    epoch,
    time,
  };
}
