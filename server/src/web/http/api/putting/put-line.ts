import { isUtf8 } from 'node:buffer';
import { jsonFault, type Limits, memberOf, ZerospanError } from '@zerospan/shared';
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
