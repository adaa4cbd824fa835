import type { ClientMessage, SubscribeBody, ZerospanError } from '@zerospan/shared';

/** What came from a client, as far as it could be read. */
export type Incoming =
  | {
      readonly kind: 'message';
      readonly message: ClientMessage;
      readonly payload: Uint8Array | undefined;
      /** Subscriptions of a hello that are not of the right shape, each with why. */
      readonly badSubscriptions?: ReadonlyMap<SubscribeBody, ZerospanError>;
    }
  /** It could not: why, and which put or subscription it was, where that could be read. */
  | {
      readonly kind: 'fault';
      readonly fault: ZerospanError;
      readonly put?: number;
      readonly subscription?: number;
    };
