import { createHash } from 'node:crypto';
import fc from 'fast-check';
import type { GapRecord, PutRecord, StoreRecord } from '../../../server/src/core/log/store.ts';

/** The fingerprint of anything. */
export const fingerprintOf = (text: string): string => createHash('sha1').update(text).digest('base64');

/** A put on channels. @param more what is different of it */
export const put = (channels: readonly string[], more: Partial<PutRecord> = {}): PutRecord => ({
  kind: 'put',
  channels,
  payload: Buffer.from('"x"'),
  republish: true,
  user: '',
  key: undefined,
  ...more,
});

export const gap = (channels: readonly string[], missed: number | null): GapRecord => ({
  kind: 'gap',
  channels,
  missed,
});

/** Any text that UTF-8 has: few of them equal, some long, some of other alphabets. */
const text = (most: number) =>
  fc.oneof(
    fc.string({ maxLength: most }),
    fc.string({ unit: 'grapheme', maxLength: Math.floor(most / 30) }),
    fc.constant('x'.repeat(most)),
  );

/** Names that a channel may have: few, so that channels have several entries, and any others. */
export const channelName = fc.oneof(
  { arbitrary: fc.constantFrom('a', 'ab', 'b', 'bä', '$s'), weight: 4 },
  { arbitrary: text(255).filter((name) => name !== ''), weight: 1 },
);

const whole = fc.oneof(fc.maxSafeNat(), fc.nat(300), fc.constant(Number.MAX_SAFE_INTEGER));

const key = fc.record({
  client: fc.oneof(fc.constantFrom('client-1', 'client-2'), text(300)),
  id: whole,
  fingerprint: fc.nat(99).map((n) => fingerprintOf(`${n}`)),
  isMobile: fc.boolean(),
});

const channels = fc.uniqueArray(channelName, { minLength: 1, maxLength: 4 });

export const anyPut: fc.Arbitrary<PutRecord> = fc.record({
  kind: fc.constant('put' as const),
  channels,
  payload: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  republish: fc.boolean(),
  user: fc.oneof(fc.constantFrom('', 'alice'), text(300)),
  key: fc.option(key, { nil: undefined }),
});

export const anyGap: fc.Arbitrary<GapRecord> = fc.record({
  kind: fc.constant('gap' as const),
  channels: fc.oneof({ arbitrary: channels, weight: 4 }, { arbitrary: fc.constant(['']), weight: 1 }),
  missed: fc.option(whole, { nil: null }),
});

export const anyRecord: fc.Arbitrary<StoreRecord> = fc.oneof(
  { arbitrary: anyPut, weight: 4 },
  { arbitrary: anyGap, weight: 1 },
);
