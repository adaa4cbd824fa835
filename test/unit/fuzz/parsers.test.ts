import { test as property } from '@fast-check/vitest';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fuzz } from '../../fuzz/fuzz.ts';
import type { Parser } from '../../fuzz/parser.ts';
import { PARSERS } from '../../fuzz/parsers.ts';

/** Bytes of any kind: noise, texts, JSON, and messages of the protocol that carry JSON of any shape. */
const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array)),
  fc.string({ unit: 'binary', maxLength: 200 }).map((text) => Buffer.from(text)),
  fc.json().map((text) => Buffer.from(text)),
  fc
    .tuple(
      fc.constantFrom('hello', 'subscribe', 'put', 'ack', 'welcome', 'gap', 'refused', 'bus', 'nonce'),
      fc.jsonValue(),
    )
    .map(([name, value]) => Buffer.from(JSON.stringify({ [name]: value }))),
);

describe.each(PARSERS.map((parser) => [parser.name, parser] as const))('the parser %s', (name, parser) => {
  it('takes its seeds', async () => {
    for (const seed of parser.seeds) await parser.read(Buffer.from(seed));
  });

  property.prop([bytes])('keeps its promise whatever the bytes', async (input) => {
    await parser.read(input);
  });

  it('keeps its promise for good inputs that something has gone wrong with', async () => {
    const { crashes, executions } = await fuzz(parser, { runs: 150, seed: 5 });
    expect(crashes.map(({ run, error }) => `${name} ${run}: ${String(error)}`)).toEqual([]);
    expect(executions).toBe(150);
  });
});

describe('the driver', () => {
  const fragile = (read: Parser['read']): Parser => ({
    name: 'fragile',
    seeds: ['{"a":1}'],
    words: [],
    read,
  });

  it('finds what throws, rejects, or rejects unheard, and the same with the same seed', async () => {
    const needsBrace = (input: Buffer): void => {
      if (!input.includes('}')) throw new Error('no brace');
    };
    const found = (await fuzz(fragile(needsBrace), { runs: 1_000, seed: 3, mostCrashes: 3 })).crashes;
    const again = (await fuzz(fragile(needsBrace), { runs: 1_000, seed: 3, mostCrashes: 3 })).crashes;
    expect(found).toHaveLength(3);
    expect(found.every(({ input }) => !input.includes('}'))).toBe(true);
    expect(again).toEqual(found);
    const rejects = await fuzz(
      fragile(() => Promise.reject(new Error('no'))),
      { runs: 9, seed: 1, mostCrashes: 1 },
    );
    expect(rejects.crashes).toHaveLength(1);
  });

  it('says where a parser broke, though errors have no stacks while it runs', async () => {
    const { stackTraceLimit } = Error;
    const stacks: (string | undefined)[] = [];
    const breaksHere = (): void => {
      const error = new Error('broken');
      stacks.push(error.stack);
      throw error;
    };
    const { crashes } = await fuzz(fragile(breaksHere), { runs: 9, seed: 1, mostCrashes: 1 });
    expect(stacks[0]).toBe('Error: broken');
    expect(crashes[0]?.error).toHaveProperty('stack', expect.stringContaining('breaksHere'));
    expect(Error.stackTraceLimit).toBe(stackTraceLimit);
  });
});
