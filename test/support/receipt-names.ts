import type { ChannelWho, Confirmation, ConfirmedChannel } from '@zerospan/shared';

/** The ids of the sessions at these places of a receipt. */
export function sessionsAt(
  receipt: Confirmation,
  places: readonly (readonly [number, ...unknown[]])[],
): string[] {
  return places.map(([place]) => receipt.sessions?.[place]?.session ?? `nobody at ${place}`);
}

/** What a receipt says that its own numbers contradict; none where it says more than it names. */
export function contradictions({ channels, sessions, more, absent }: Confirmation): string[] {
  const found: string[] = [];
  const names = sessions ?? [];
  if (new Set(names.map(({ session }) => session)).size !== names.length)
    found.push('a session is named twice');
  // A put that is fanned out in several turns may find a session for some channels, and lost for the others.
  for (const one of absent ?? []) {
    const at = names.findIndex(({ session }) => session === one.session);
    if (one.channels.some((place) => channels[place]?.who && allOf(channels[place].who).includes(at)))
      found.push('a session is absent as well');
  }
  for (const channel of channels) found.push(...wrongOf(channel, names.length, more !== undefined));
  for (const { channels: of } of absent ?? [])
    if (of.length === 0 || of.some((place) => channels[place] === undefined))
      found.push('absent from no channel');
  return found;
}

function wrongOf(channel: ConfirmedChannel, sessions: number, hasMore: boolean): string[] {
  const { who } = channel;
  if (!who) return [`${channel.channel} names nobody`];
  const found: string[] = [];
  const counts = { confirmed: who.has, skipped: who.skipped, unanswered: who.unanswered } as const;
  for (const [name, some] of Object.entries(counts)) {
    const count = channel[name as keyof typeof counts];
    if (hasMore ? some.length > count : some.length !== count)
      found.push(`${channel.channel}: ${some.length} named as ${name}, of ${count}`);
  }
  const places = allOf(who);
  if (new Set(places).size !== places.length) found.push(`${channel.channel} names a session twice`);
  if (places.some((place) => place < 0 || place >= sessions)) found.push(`${channel.channel} names nobody`);
  const open = new Set(who.unanswered.map(([place]) => place));
  if (who.away.some((place) => !open.has(place))) found.push(`${channel.channel}: away and answered`);
  return found;
}

function allOf({ has, skipped, unanswered }: ChannelWho): number[] {
  return [...has, ...skipped, ...unanswered].map(([place]) => place);
}
