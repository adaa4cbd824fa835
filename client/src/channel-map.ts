/** No map given: any channel, any message. */
export type AnyChannels = Record<string, unknown>;

/** A channel that a map knows, by its exact name or by a prefix such as `vote.${string}`. */
export type ChannelOf<Channels> = keyof Channels & string;

/** A filter that makes sense on a map: a channel it knows, any prefix, or `''` for all channels. */
export type FilterOf<Channels> = ChannelOf<Channels> | '' | { readonly prefix: string };

/** The keys of a map that a prefix may reach: those that begin with it, and those whose pattern it is part of. */
type KeysUnder<Key, Prefix extends string> = Key extends `${Prefix}${string}`
  ? Key
  : `${Prefix}${string}` extends Key
    ? Key
    : never;

type KeysFor<Channels, F> = F extends ''
  ? keyof Channels
  : F extends keyof Channels
    ? F
    : F extends { readonly prefix: infer Prefix extends string }
      ? KeysUnder<keyof Channels, Prefix>
      : never;

/** What a subscriber with these filters is given: any of the messages of the channels that they reach. */
export type MessageOf<Channels, F> = [KeysFor<Channels, F>] extends [never]
  ? unknown
  : Channels[KeysFor<Channels, F> & keyof Channels];

/** What may be put on these channels: a message that is good for every one of them. */
export type MessageTo<Channels, Names extends keyof Channels> = (
  Names extends unknown
    ? (message: Channels[Names]) => void
    : never
) extends (message: infer Message) => void
  ? Message
  : never;
