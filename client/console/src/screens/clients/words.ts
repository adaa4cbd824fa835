import { CLOSE, type GapReason, type NamedSession, type ObservedSession } from '@zerospan/shared';

/** How a client is called: by what it calls itself, or by its access, or by the client itself where it says neither. */
export function nameOf({ name, subject, ref }: NamedSession): string {
  return name ?? subject ?? `client ${ref}`;
}

export const TRANSPORT_WORDS: Readonly<Record<ObservedSession['transport'], string>> = {
  websocket: 'WebSocket',
  sse: 'Server-Sent Events',
  ndjson: 'HTTP lines',
};

export const GAP_WORDS: Readonly<Record<GapReason, string>> = {
  retention: 'The log had dropped it before this client came for it.',
  restart: 'The server had begun a new log.',
  upstream: 'It was lost on its way to the server.',
  lag: 'The client read too slowly, or asked for the newest only.',
};

/** Why a session has ended. */
export function endOf(code: number | null): string {
  if (code === null) return 'The client was lost.';
  if (code === 1000 || code === 1001) return 'The client left.';
  return Object.values(CLOSE).find((each) => each.code === code)?.meaning ?? `Closed with ${code}.`;
}
