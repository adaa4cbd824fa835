/** How the document says that a client names itself. */
export const SECURITY_SCHEMES = {
  bearer: {
    type: 'http',
    scheme: 'bearer',
    description: 'A token, as `Authorization: Bearer TOKEN`. It goes before the cookie.',
  },
  cookie: {
    type: 'apiKey',
    in: 'cookie',
    name: 'zerospan',
    description: 'The same token in the cookie that `POST /v1/session` sets.',
  },
} as const;

/** One of both, or none: a server without keys takes no token. */
export const TOKENS = [{ bearer: [] }, { cookie: [] }, {}] as const;

/** A cookie does not renew itself. */
export const BEARER_ALONE = [{ bearer: [] }] as const;

/** No token is asked for. */
export const NO_TOKEN = [] as const;
