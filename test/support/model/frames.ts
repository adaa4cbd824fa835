import type { ServerMessage } from '@zerospan/shared';

/** An entry of the log on its way to a client: a publication, or a gap that has a place of its own in the log. */
export function entryIn(text: string): { readonly channel: string; readonly offset: number } | undefined {
  if (!text.startsWith('{')) {
    const [offset, , channel = ''] = text.slice(0, 300).split(' ', 3);
    return { channel, offset: Number(offset) };
  }
  if (!text.startsWith('{"gap"')) return undefined;
  const { gap } = JSON.parse(text) as Extract<ServerMessage, { gap: unknown }>;
  return 'channel' in gap ? { channel: gap.channel, offset: gap.to } : undefined;
}
