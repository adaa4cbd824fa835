import { describe, expect, it } from 'vitest';
import { channelsFault, channelsOf, messageFault } from '../../client/page/src/put/put-check.ts';
import { pathOf } from '../../client/page/src/rate.ts';
import { type Entry, History } from '../../client/page/src/tail/history.ts';
import { extentOf } from '../../client/page/src/tail/row.ts';

function publication(offset: number, channel = 'room1', text = '"hello"'): Entry {
  const message: unknown = JSON.parse(text);
  return { kind: 'publication', publication: { channel, text, message, offset, epoch: 'e', time: 0 } };
}

const lag: Entry = {
  kind: 'gap',
  gap: { reason: 'lag', filters: [''], epoch: 'e', from: 2, to: 3, missed: 2 },
};

describe('channels as they are typed', () => {
  it('stand apart by commas and new lines, each counted once', () => {
    expect(channelsOf(' room1, room2\nroom1\n\n vote.a ,')).toEqual(['room1', 'room2', 'vote.a']);
  });

  it.each([
    ['', /at least one channel/],
    [' , \n', /at least one channel/],
    ['room1 room2', /“room1 room2” has a space in it\. Put a comma/],
    ['room1, $zs', /“\$zs” begins with \$/],
    ['a'.repeat(256), /256 bytes, more than 255/],
    [Array.from({ length: 1_001 }, (_, i) => `c${i}`).join(), /^1,001 channels are more .* 1,000\.$/],
  ])('%j has a fault, in plain words', (text, words) => {
    expect(channelsFault(text)).toMatch(words);
  });

  it.each(['room1', 'room1,room2', '__proto__', 'orders/eu\n*'])('%j has none', (text) => {
    expect(channelsFault(text)).toBeUndefined();
  });
});

describe('a message as it is typed', () => {
  it.each([
    ['', /any JSON value/],
    ['hello', /double quotation marks: "hello"/],
    ["'hello'", /not single ones/],
    ['“hello”', /curly/],
    ['{choice: 1}', /Each key/],
    ["{'choice': 1}", /Each key/],
    ['[1, 2, ]', /A comma stands before/],
    ['{"choice":', /Not complete yet/],
    ['{"choice": "ye', /Not complete yet/],
    ['1 2', /This is not JSON: /],
    [`"${'é'.repeat(40_000)}"`, /^80,002 bytes are more/],
  ])('%.20j has a fault, in plain words', (text, words) => {
    expect(messageFault(text)).toMatch(words);
  });

  it.each(['null', '0', 'false', '""', '{}', ' [1,\n2] ', '"it\'s {a: 1}, \\"quoted\\""'])(
    '%j has none',
    (text) => {
      expect(messageFault(text)).toBeUndefined();
    },
  );
});

describe('the history behind the tail', () => {
  it('finds exactly the filter text in channel or payload, and lets every gap through', () => {
    const history = new History();
    const entries = [
      publication(1, 'vote.a'),
      lag,
      publication(4, 'room1', '"vote"'),
      publication(5, 'Vote'),
    ];
    for (const entry of entries) history.push(entry);
    expect(history.newest(10, 'vote')).toEqual(entries.slice(0, 3));
    expect(history.newest(2, '')).toEqual(entries.slice(2));
  });

  it('keeps 2,000 entries, and less when they are large', () => {
    const history = new History();
    for (let offset = 1; offset <= 2_500; offset++) history.push(publication(offset));
    expect(history.newest(5_000, '')).toHaveLength(2_000);
    const large = `"${'x'.repeat(64 * 1024 - 2)}"`;
    for (let offset = 2_501; offset <= 2_600; offset++) history.push(publication(offset, 'big', large));
    expect(history.newest(5_000, '').length).toBeLessThan(64);
  });
});

describe('a gap in words', () => {
  it.each([
    [{ from: 12, to: 40, missed: 1_029 }, 'offsets 12 to 40, 1,029 missed'],
    [{ from: 12, to: 12, missed: 1 }, 'offset 12, 1 missed'],
    [{ from: 12, to: null, missed: null }, 'from offset 12 on, number missed not known'],
    [{ from: null, to: 40, missed: null }, 'up to offset 40, number missed not known'],
    [{ from: null, to: null, missed: 3 }, '3 missed'],
  ])('%j', (gap, words) => {
    expect(extentOf(gap)).toBe(words);
  });
});

it('the sparkline runs from the bottom at zero to the top at the highest rate', () => {
  expect(pathOf([0, 5, 10], 10)).toBe('M0 100.0L1 52.0L2 4.0');
});
