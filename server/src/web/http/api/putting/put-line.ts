import { isUtf8 } from 'node:buffer';
import { jsonFault, type Limits, ZerospanError } from '@zerospan/shared';
import type { Requester } from '../../../../core/access/requester.ts';
import { namedPutKey } from '../../../../core/putting/put-key.ts';
import type { PutRequest } from '../../../../core/putting/put-request.ts';
import * as Type from '../../../../schema.ts';
import { PutLine } from '../schemas.ts';

/** Names in one line, doubles included, before anything else of it is checked: a multiple of what a put may have. */
const NAMES_MOST = 4;

const check = Type.Compile(PutLine);

/**
 * One line of `POST /v1/puts` as a put.
 * @param id its number, from 1
 * @throws ZerospanError with the code of what is wrong with it
 */
export function putOf(
  line: Buffer,
  id: number,
  requester: Requester,
  { depth, putChannels }: Pick<Limits, 'depth' | 'putChannels'>,
): PutRequest {
  // Whatever reads it from here on takes that for granted.
  if (!isUtf8(line)) throw new ZerospanError('bad-message', 'The line is not UTF-8.');
  // The line has one object around the message.
  const fault = jsonFault(line, depth + 1);
  if (fault === 'too-deep') throw new ZerospanError('too-deep');
  if (fault) throw new ZerospanError('bad-message', 'The line is not JSON text.');
  const text = line.toString();
  const body = JSON.parse(text) as unknown;
  const names = channelsOf(body);
  if (names === undefined) throw new ZerospanError('no-channels');
  if (names.length > NAMES_MOST * putChannels) throw new ZerospanError('too-many-channels');
  if (!check.Check(body)) throw faultOf(body);
  const { confirmMs, who } = body;
  if (who && confirmMs === undefined)
    throw new ZerospanError('bad-message', 'who needs confirmMs: how long to wait for answers.');
  const message = memberOf(text, 'message');
  return {
    id,
    key: body.key === undefined ? undefined : namedPutKey(requester, body.key),
    channels: body.channels,
    payload: message === undefined ? undefined : Buffer.from(message),
    confirm: confirmMs === undefined ? undefined : { timeoutMs: confirmMs, ...(who && { who }) },
  };
}

function channelsOf(body: unknown): readonly unknown[] | undefined {
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw new ZerospanError('bad-message', 'The line is not a JSON object.');
  const { channels } = body as { channels?: unknown };
  return Array.isArray(channels) ? channels : channels === undefined ? undefined : [channels];
}

function faultOf(body: unknown): ZerospanError {
  const [, errors] = check.Errors(body);
  const [fault] = errors;
  const [, name = ''] = fault?.instancePath.split('/') ?? [];
  const reason =
    fault?.keyword === 'boolean'
      ? `A line has no field ${JSON.stringify(name.slice(0, 80))}.`
      : `The field ${name} ${fault?.message ?? 'is not valid'}.`;
  if (name === 'confirmMs') return new ZerospanError('bad-confirm', reason);
  return new ZerospanError(name === 'channels' ? 'bad-channel' : 'bad-message', reason);
}

/**
 * The text of a member of an object, as it was written: parsed and written again, a number of twenty digits would be
 * another one. Of two members of one name it is the last, as for JSON.parse.
 * @param text JSON text of an object
 */
export function memberOf(text: string, name: string): string | undefined {
  let found: string | undefined;
  let depth = 0;
  let key = '';
  /** Where the value of the member begins; 0: a name is next. */
  let begins = 0;
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (char === '"') {
      const end = endOfString(text, at);
      if (depth === 1 && begins === 0) key = JSON.parse(text.slice(at, end)) as string;
      at = end - 1;
    } else if (char === '{' || char === '[') depth++;
    else if (char === ':' && depth === 1) begins = at + 1;
    else if (char === '}' || char === ']') depth--;
    if ((char === ',' && depth === 1) || (char === '}' && depth === 0)) {
      if (key === name && begins > 0) found = text.slice(begins, at).trim();
      begins = 0;
    }
  }
  return found;
}

/** Behind the closing quote of a string that begins here. */
function endOfString(text: string, begins: number): number {
  for (let at = begins + 1; ; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === '"') return at + 1;
  }
}
