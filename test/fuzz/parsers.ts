import type { Parser } from './parser.ts';
import { announcement } from './parsers/announcement.ts';
import { client } from './parsers/client.ts';
import { clientMessage } from './parsers/client-message.ts';
import { curveKey } from './parsers/curve-key.ts';
import { json } from './parsers/json.ts';
import { jwks, pem } from './parsers/keys.ts';
import { logSegment } from './parsers/log-segment.ts';
import { nativeMessage } from './parsers/native-message.ts';
import { revocations } from './parsers/revocations.ts';
import { serverFrame } from './parsers/server-frame.ts';
import { settings } from './parsers/settings.ts';
import { token } from './parsers/token.ts';

/** Every parser that reads a foreign byte. A new one is a line here. */
export const PARSERS: readonly Parser[] = [
  clientMessage,
  nativeMessage,
  json,
  announcement,
  settings,
  serverFrame,
  client,
  curveKey,
  token,
  jwks,
  pem,
  revocations,
  logSegment,
];
