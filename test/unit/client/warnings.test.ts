import { afterEach, describe, expect, it, vi } from 'vitest';
import { FakeServer } from '../../support/client-socket.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

describe('a filter that looks like a pattern of another bus', () => {
  it.each([
    [
      'vote.*',
      '"vote.*" is one channel of exactly this name; subscribe to { prefix: "vote." } for all that begin with it.',
    ],
    [
      'a/#',
      '"a/#" is one channel of exactly this name; subscribe to { prefix: "a/" } for all that begin with it.',
    ],
    ['*', '"*" is one channel of exactly this name; subscribe to \'\' for all channels.'],
  ])('%s is valid, and hinted at once', (filter, text) => {
    const bus = new FakeServer().bus();
    const warnings: string[] = [];
    bus.on('warning', (warning) => warnings.push(warning));
    for (let i = 0; i < 3; i++) bus.subscribe(['room', filter]);
    expect(warnings).toEqual([text]);
  });

  it('is hinted at when it is added, and shown by console.warn where nobody listens', () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const bus = new FakeServer().bus();
    void bus.subscribe(['vote', { prefix: 'vote.*' }]).add('vote.*');
    expect(warn.mock.calls).toEqual([[expect.stringContaining('prefix')]]);
  });
});
