import { CODES, type Code } from '@zerospan/shared';
import type { Clue } from './failure.ts';

/** What a server answered in place of a WebSocket. */
export interface HttpAnswer {
  readonly status: number;
  readonly location?: string | undefined;
  readonly body?: string | undefined;
}

const BY_STATUS: Readonly<Record<number, Code>> = {
  400: 'upgrade-required',
  401: 'credentials-required',
  403: 'access-denied',
  404: 'no-websocket',
  407: 'credentials-required',
  410: 'no-websocket',
  426: 'upgrade-required',
  429: 'rate-limited',
  502: 'unavailable',
  503: 'unavailable',
  504: 'unavailable',
};

export function answerClue({ status, location, body = '' }: HttpAnswer): Clue {
  const detail = `HTTP ${status}`;
  const ours = refusalIn(body);
  if (ours !== undefined) {
    const isKnown = Object.hasOwn(CODES, ours.code);
    return {
      code: isKnown ? (ours.code as Code) : byStatus(status),
      reason: isKnown ? ours.reason : `${ours.code}: ${ours.reason}`,
      remedy: ours.remedy,
      detail,
    };
  }
  // nginx and Go say so in words, over plain HTTP.
  if (status === 400 && /HTTPS (port|server)/.test(body)) return { code: 'tls-required', detail };
  if (status >= 300 && status < 400 && location !== undefined)
    return { code: 'redirected', detail: `${detail} to ${location}` };
  return { code: byStatus(status), detail };
}

/** The status in what a WebSocket class says of an answer that it did not expect. */
export function statusIn(message: string): number | undefined {
  const found = /\b(?:response|status)\b[^\d]*([1-5]\d\d)\b|'([1-5]\d\d)\b/i.exec(message);
  const status = Number(found?.[1] ?? found?.[2]);
  return Number.isNaN(status) || status === 101 ? undefined : status;
}

function byStatus(status: number): Code {
  return (
    BY_STATUS[status] ??
    (status >= 500 ? 'server-error' : status >= 300 && status < 400 ? 'redirected' : 'not-a-websocket')
  );
}

/** What a Zerospan server says in the body of a refusal. Another server's JSON lacks one of the three. */
function refusalIn(body: string): { code: string; reason: string; remedy: string } | undefined {
  let read: Record<string, unknown> | null;
  try {
    read = JSON.parse(body) as Record<string, unknown> | null;
  } catch {
    return undefined;
  }
  const { code, remedy, reason = read?.error ?? read?.detail } = read ?? {};
  if (typeof code !== 'string' || typeof remedy !== 'string' || typeof reason !== 'string') return undefined;
  return { code, reason, remedy };
}
