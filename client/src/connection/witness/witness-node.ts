import type { ClientRequest, IncomingMessage } from 'node:http';
import { connect } from 'node:tls';
import type { Code } from '@zerospan/shared';
import type { Clue } from '../failures/failure.ts';
import { answerClue, statusIn } from '../failures/http-answer.ts';
import type { Socket, SocketError } from '../socket.ts';
import type { Witness } from './witness.ts';

/** How much of a refusal's body is read, in bytes, and for how long, in ms. */
const BODY_BYTES = 16 * 1024;
const BODY_MS = 2_000;

/** How long it may take to find out whether a port speaks TLS, in ms. */
const ASK_MS = 3_000;

const BY_SYSTEM: Readonly<Record<string, Code>> = {
  ECONNREFUSED: 'nothing-listens',
  ENOTFOUND: 'unknown-host',
  EAI_AGAIN: 'unknown-host',
  EAI_NODATA: 'unknown-host',
  EAI_FAIL: 'unknown-host',
  EHOSTUNREACH: 'unreachable',
  EHOSTDOWN: 'unreachable',
  ENETUNREACH: 'unreachable',
  ENETDOWN: 'unreachable',
  EADDRNOTAVAIL: 'unreachable',
  ETIMEDOUT: 'no-answer',
  ECONNRESET: 'connection-reset',
  ECONNABORTED: 'connection-reset',
  EPIPE: 'connection-reset',
  CERT_HAS_EXPIRED: 'certificate-expired',
  CERT_NOT_YET_VALID: 'certificate-expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'certificate-name',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'certificate-untrusted',
  SELF_SIGNED_CERT_IN_CHAIN: 'certificate-untrusted',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'certificate-untrusted',
  UNABLE_TO_GET_ISSUER_CERT: 'certificate-untrusted',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'certificate-untrusted',
  CERT_UNTRUSTED: 'certificate-untrusted',
  INVALID_CA: 'certificate-untrusted',
};

/** What `ws` has beside a browser's WebSocket: the answer of a server that refuses the upgrade. */
interface NodeSocket extends Socket {
  on?(
    event: 'unexpected-response',
    listener: (request: ClientRequest, response: IncomingMessage) => void,
  ): void;
}

/** Node says all that it knows: the system's error, or the server's answer. */
export function nodeWitness(socket: NodeSocket, url: string): Witness {
  let clue: Clue | undefined;
  socket.on?.('unexpected-response', (_request, response) => {
    // It waits for the body: what ends the socket ends the body with it.
    readBody(response, (body) => {
      const { statusCode = 0, headers } = response;
      clue = answerClue({ status: statusCode, location: headers.location, body });
      socket.terminate?.();
    });
  });
  socket.addEventListener('error', (event) => {
    const { error, message = '' } = event as SocketError;
    // A WebSocket class that is not `ws` may say nothing.
    if (error !== undefined || message !== '') clue ??= systemClue(error, message);
  });
  return {
    clue: () => clue,
    inquiry: () => {
      // Of a port that speaks TLS, plain text often learns no more than that the connection ends.
      const isCutOff = clue?.code === 'connection-reset' || clue?.code === 'not-a-websocket';
      if (!isCutOff || !url.startsWith('ws:')) return undefined;
      return async () => ((await speaksTls(url)) ? { code: 'tls-required' } : clue);
    },
    stop: () => {},
  };
}

export function systemClue(error: unknown, message: string): Clue {
  // Of several addresses that were tried, Node gives the errors of each.
  const { errors = [] } = (error ?? {}) as { errors?: unknown[] };
  const cause = (errors[0] ?? error) as { code?: string } | undefined;
  const code = String((error as { code?: string } | undefined)?.code ?? cause?.code ?? '');
  const known = BY_SYSTEM[code];
  const detail = code || message;
  if (known !== undefined) return { code: known, detail, cause: error };
  if (code === 'EPROTO')
    return {
      code: /wrong version number|packet length too long|unknown protocol/i.test(message)
        ? 'tls-not-spoken'
        : 'tls-failed',
      detail,
      cause: error,
    };
  if (/^(CERT_|ERR_SSL|ERR_TLS|CRL_)/.test(code)) return { code: 'tls-failed', detail, cause: error };
  if (code.startsWith('HPE_') || /Sec-WebSocket-Accept|Upgrade header/.test(message))
    return { code: 'not-a-websocket', detail, cause: error };
  if (/subprotocol/.test(message)) return { code: 'protocol-mismatch', detail: message, cause: error };
  const status = statusIn(message);
  if (status !== undefined) return answerClue({ status });
  return { code: 'socket-failed', detail, cause: error };
}

function readBody(response: IncomingMessage, done: (body: string) => void): void {
  let body = '';
  const finish = (): void => {
    clearTimeout(timer);
    response.removeAllListeners();
    // What comes of its end does not matter any more.
    response.on('error', () => {});
    done(body);
  };
  const timer = setTimeout(finish, BODY_MS);
  response.setEncoding('utf8');
  response.on('data', (text: string) => {
    body += text;
    if (body.length > BODY_BYTES) finish();
  });
  response.once('end', finish).once('close', finish).on('error', finish);
}

/**
 * Whether a TLS handshake gets anywhere there. Nothing is sent over it, so that whose certificate it is does not
 * matter.
 */
function speaksTls(url: string): Promise<boolean> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = connect({
      host: hostname.replace(/^\[|\]$/g, ''),
      port: Number(port || 80),
      rejectUnauthorized: false,
    });
    const finish = (answer: boolean): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(answer);
    };
    const timer = setTimeout(finish, ASK_MS, false);
    socket.once('secureConnect', () => finish(true));
    socket.on('error', () => finish(false));
  });
}
