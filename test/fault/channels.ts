/** Channels of every run: some that begin like others, one that a pattern would catch, one beyond ASCII. */
export const CHANNELS = ['room1', 'room10', 'vote.a', 'vote.b', 'chat.é', '*weird', 'solo'] as const;
