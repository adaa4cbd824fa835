import { type Answer, answersOf, IDENTITY_PROBLEMS } from './answers.ts';
import { BEARER_ALONE, NO_TOKEN } from './security.ts';

const setsCookie = (description: string, cookie: string): Answer => ({
  description,
  type: 'null',
  headers: { 'Set-Cookie': { type: 'string', description: cookie } },
});

export const SESSION_POST = {
  operationId: 'openSession',
  tags: ['session'],
  summary: 'Keep a token in a cookie',
  description:
    'Sets a cookie that holds the token of the request, for parts of a browser that cannot send a header, such as ' +
    '`EventSource`. A further request replaces it. The body is ignored.',
  security: BEARER_ALONE,
  response: answersOf(
    {
      204: setsCookie(
        'The cookie is set.',
        'The cookie `zerospan`: `HttpOnly`, `SameSite=Strict`, `Path` the prefix of the server, `Secure` but on ' +
          'loopback, for as long as the token lasts.',
      ),
    },
    [...IDENTITY_PROBLEMS, 'too-large'],
  ),
} as const;

export const SESSION_DELETE = {
  operationId: 'closeSession',
  tags: ['session'],
  summary: 'Remove the cookie',
  description: 'The token in it stays valid. The body is ignored.',
  security: NO_TOKEN,
  response: answersOf(
    { 204: setsCookie('The cookie is removed.', 'The cookie `zerospan`, empty, with `Max-Age=0`.') },
    ['too-large'],
  ),
} as const;
