import { describe, expect, it } from 'vitest';
import {
  groupsOn,
  type Shelf,
  sentOn,
  templatesOn,
} from '../../../../../client/console/src/screens/broadcast/store.ts';

function shelf(things: Record<string, string> = {}): Shelf & { readonly things: Record<string, string> } {
  return {
    things,
    getItem: (key) => things[key] ?? null,
    setItem: (key, value) => {
      things[key] = value;
    },
  };
}

describe('what the browser keeps of a broadcast', () => {
  it('is newest first, each name once, and can be removed', () => {
    const templates = templatesOn(shelf());
    for (const [name, text] of [
      ['a', '1'],
      ['b', '2'],
      ['a', '3'],
    ] as const)
      templates.add({ name, text });
    expect(templates.all()).toEqual([
      { name: 'a', text: '3' },
      { name: 'b', text: '2' },
    ]);
    templates.remove({ name: 'a', text: '' });
    expect(templates.all()).toEqual([{ name: 'b', text: '2' }]);
  });

  it('has a bound of things and of text', () => {
    const groups = groupsOn(shelf());
    for (let at = 0; at < 60; at++) groups.add({ name: `g${at}`, channels: ['a'] });
    expect(
      groups
        .all()
        .map(({ name }) => name)
        .slice(0, 2),
    ).toEqual(['g59', 'g58']);
    expect(groups.all()).toHaveLength(50);
    const templates = templatesOn(shelf());
    for (let at = 0; at < 20; at++) templates.add({ name: `t${at}`, text: 'x'.repeat(64 * 1024) });
    expect(templates.all().map(({ name }) => name)).toEqual([
      't19',
      't18',
      't17',
      't16',
      't15',
      't14',
      't13',
    ]);
    expect(templates.add({ name: 'huge', text: 'x'.repeat(600 * 1024) })).toBe(false);
  });

  it('is as if it were not there where it cannot be read', () => {
    for (const text of ['', '{', '{}', 'null', '[1, null, {"name": 1}, {"name":"a","text":"b"}]']) {
      const all = templatesOn(shelf({ 'zerospan.broadcast.templates': text })).all();
      expect(all).toEqual(text.startsWith('[') ? [{ name: 'a', text: 'b' }] : []);
    }
    expect(templatesOn(undefined).add({ name: 'a', text: 'b' })).toBe(false);
  });

  it('has no text of what was sent', () => {
    const { things, ...rest } = shelf();
    sentOn({ ...rest }).add({ epoch: 'e', offset: 1, time: 2, channel: 'a', channels: 3, sender: 'ann' });
    expect(JSON.parse(things['zerospan.broadcast.sent'] ?? '')).toEqual([
      { epoch: 'e', offset: 1, time: 2, channel: 'a', channels: 3, sender: 'ann' },
    ]);
  });
});
