import type { PingBody } from './client.ts';
import type { AcceptedBody, ConfirmedBody, RefusedBody } from './put-answers.ts';
import type { AuthorizedBody, BeatBody, DrainingBody, ErrorBody, WelcomeBody } from './session.ts';
import type { GapBody, LiveBody, ReplayBody, SubscribedBody } from './subscription.ts';

/** All that a server sends besides publications: one JSON object with a single key. */
export type ServerMessage =
  | { readonly welcome: WelcomeBody }
  | { readonly authorized: AuthorizedBody }
  | { readonly subscribed: SubscribedBody }
  | { readonly unsubscribed: { readonly id: number } }
  | { readonly replay: ReplayBody }
  | { readonly live: LiveBody }
  | { readonly accepted: AcceptedBody }
  | { readonly confirmed: ConfirmedBody }
  | { readonly refused: RefusedBody }
  | { readonly gap: GapBody }
  | { readonly beat: BeatBody }
  | { readonly pong: PingBody }
  | { readonly draining: DrainingBody }
  | { readonly error: ErrorBody };

export const SERVER_MESSAGES = [
  'welcome',
  'authorized',
  'subscribed',
  'unsubscribed',
  'replay',
  'live',
  'accepted',
  'confirmed',
  'refused',
  'gap',
  'beat',
  'pong',
  'draining',
  'error',
] as const;
