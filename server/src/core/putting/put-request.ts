import {
  type Confirm,
  channelFault,
  isReserved,
  jsonFault,
  type Limits,
  putCost,
  quote,
  ZerospanError,
} from '@zerospan/shared';
import type { Access } from '../access/access.ts';
import type { PutKey } from '../log/log.ts';

/** One put, as a transport read it. */
export interface PutRequest {
  /** What the transport calls it: comes back with its answer. */
  readonly id: number;
  /** What the log knows it by when it is sent again. undefined: it never is. */
  readonly key: PutKey | undefined;
  /** Channels named twice count once. */
  readonly channels: readonly string[];
  /** undefined when the message had none, which is rejected. */
  readonly payload: Uint8Array | undefined;
  /** Whether to report who got it, after how many ms at the latest, and whether by name. */
  readonly confirm: Confirm | undefined;
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** @throws ZerospanError with the code of the first rule that the put breaks */
export function checkPut(
  names: readonly string[],
  request: PutRequest,
  access: Access,
  limits: Limits,
): asserts request is PutRequest & { readonly payload: Uint8Array } {
  const { payload } = request;
  checkConfirm(request, limits);
  checkChannels(names, limits);
  checkGrants(names, request, access);
  checkPayload(payload, limits);
  checkBytes(names, payload, limits);
}

function checkConfirm({ confirm }: PutRequest, { confirmMs }: Limits): void {
  if (!confirm || (confirm.timeoutMs >= 1 && confirm.timeoutMs <= confirmMs)) return;
  throw new ZerospanError('bad-confirm', `confirm.timeoutMs is from 1 to ${confirmMs}.`);
}

function checkGrants(names: readonly string[], { key, confirm }: PutRequest, access: Access): void {
  try {
    access.checkPut(names);
    if (confirm) access.checkConfirm(confirm.who === true);
  } catch (error) {
    if (key?.firstSentMs === undefined) throw error;
    // It was allowed, perhaps, when it was sent first.
    const reason = `It was sent before, and may have been appended then. ${(error as Error).message}`;
    throw new ZerospanError('outcome-unknown', reason, { cause: error });
  }
}

function checkChannels(names: readonly string[], { putChannels }: Limits): void {
  if (names.length === 0) throw new ZerospanError('no-channels');
  if (names.length > putChannels) {
    throw new ZerospanError(
      'too-many-channels',
      `The put names ${names.length} channels, more than ${putChannels}.`,
    );
  }
  for (const name of names) {
    const fault = channelFault(name);
    if (fault) throw new ZerospanError('bad-channel', `Nothing was appended: ${fault}.`);
    if (isReserved(name))
      throw new ZerospanError('reserved-channel', `Nothing was appended: ${quote(name)} begins with $.`);
  }
}

function checkPayload(
  payload: Uint8Array | undefined,
  { payloadBytes, depth }: Limits,
): asserts payload is Uint8Array {
  if (payload === undefined || payload.byteLength === 0) throw new ZerospanError('no-payload');
  if (payload.byteLength > payloadBytes) {
    throw new ZerospanError(
      'too-large',
      `The payload has ${payload.byteLength} bytes, more than ${payloadBytes}.`,
    );
  }
  const fault = jsonFault(payload, depth);
  if (fault === 'too-deep') throw new ZerospanError('too-deep', `The payload is more than ${depth} deep.`);
  if (fault) throw new ZerospanError('bad-payload', `The payload is not JSON text: ${whyNoJson(payload)}.`);
}

/** One put must not take most of the log, and so everybody's history. */
function checkBytes(names: readonly string[], { byteLength }: Uint8Array, { putBytes }: Limits): void {
  const { bytes } = putCost(names, byteLength);
  if (bytes <= putBytes) return;
  throw new ZerospanError(
    'too-many-channels',
    `A payload of ${byteLength} bytes on ${names.length} channels takes ${bytes} bytes of the log, ` +
      `more than ${putBytes}.`,
  );
}

/** In the words of the runtime's own parser. */
function whyNoJson(payload: Uint8Array): string {
  try {
    JSON.parse(decoder.decode(payload));
    return 'it is not well-formed';
  } catch (error) {
    return (error as Error).message;
  }
}
