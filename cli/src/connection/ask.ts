import { request as requestPlain } from 'node:http';
import { request as requestTls } from 'node:https';
import { ZerospanError } from '@zerospan/shared';
import { EXIT, Failure } from '../terminal/failure.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { authority, busUrl, type Way } from './connect.ts';
import { CONNECT_MS, TOKEN_VARIABLE, tokenSource } from './defaults.ts';

interface Answer {
  readonly status: number;
  readonly body: string;
}

/**
 * Asks a server over HTTP for JSON.
 * @returns undefined where it answers without a body
 * @param path below the address of its page: `v1/status`
 * @throws Failure with exit code 69 when it cannot be reached, or rejects the token; with 1 when it rejects the request
 */
export async function askServer(
  way: Way,
  path: string,
  terminal: Terminal,
  method: 'GET' | 'DELETE' = 'GET',
): Promise<unknown> {
  const url = new URL(path, busUrl(way.url).replace(/^ws/, 'http'));
  const token = tokenSource(way.tokenFile, terminal)?.();
  const { status, body } = await send({ url, method, ca: authority(way.ca), token }, terminal.interrupted);
  if (status === 204 || status === 202) return undefined;
  const answer = parsed(body);
  if (status === 200 && answer !== undefined) return answer;
  const { detail = `${url.href} answered ${status}.`, remedy } = (answer ?? {}) as Problem;
  if (status === 401) {
    const which = token === undefined ? 'requires a' : 'rejects this';
    const how = `Give one that was made for it, in ${TOKEN_VARIABLE}, or in a file with --token-file.`;
    throw new Failure(EXIT.cannotConnect, detail, `The server ${which} token. ${how}`);
  }
  throw new Failure(EXIT.failed, detail, remedy ?? 'Name a server of this version with --url.');
}

interface Problem {
  readonly detail?: string;
  readonly remedy?: string;
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

interface Request {
  readonly url: URL;
  readonly method: string;
  readonly ca: Buffer | undefined;
  readonly token: string | undefined;
}

function send({ url, method, ca, token }: Request, interrupted: AbortSignal): Promise<Answer> {
  const late = AbortSignal.timeout(CONNECT_MS);
  const options = {
    method,
    headers: { ...(token !== undefined && { authorization: `Bearer ${token}` }) },
    signal: AbortSignal.any([interrupted, late]),
    ...(ca && { ca }),
  };
  return new Promise((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException): void => {
      const why = late.aborted ? `no answer within ${CONNECT_MS} ms` : (error.code ?? error.message);
      const failure = new Failure(
        EXIT.cannotConnect,
        `cannot ask ${url.href}: ${why}`,
        'Start a server with "zerospan serve", or name another with --url.',
      );
      reject(interrupted.aborted ? new ZerospanError('aborted') : failure);
    };
    const request = url.protocol === 'https:' ? requestTls : requestPlain;
    request(url, options, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (text: string) => {
        body += text;
      });
      response.on('error', failed);
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
    })
      .on('error', failed)
      .end();
  });
}
