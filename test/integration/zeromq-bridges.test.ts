import { systemClock } from '@zerospan/shared';
import { afterEach, describe, expect, it } from 'vitest';
import type { Settings } from '../../server/src/settings/settings.ts';
import {
  Opened,
  oldBridge,
  openBridge,
  publisherTo,
  subscriberTo,
  type TestBridge,
} from '../support/bridge.ts';
import { until } from '../support/until.ts';
import { freePort } from '../support/zeromq.ts';

const opened = new Opened();
const bridge = (bus?: Partial<Settings['bus']>) => openBridge(opened, bus);

afterEach(() => opened.closeAll());

async function freeAddresses(n: number): Promise<string[]> {
  const ports = await Promise.all(Array.from({ length: n }, freePort));
  return ports.map((port) => `tcp://127.0.0.1:${port}`);
}

/** Bridges by the places of their sources; each link is up when this resolves. */
async function linked(sourcesOf: readonly (readonly number[])[]): Promise<TestBridge[]> {
  const addresses = await freeAddresses(sourcesOf.length);
  const bridges: TestBridge[] = [];
  for (const [i, sources] of sourcesOf.entries())
    bridges.push(
      await bridge({
        address: addresses[i] as string,
        sources: sources.map((at) => addresses[at] as string),
      }),
    );
  const downstream = (at: number) => sourcesOf.filter((sources) => sources.includes(at)).length;
  await until('all links', () => bridges.every(({ native }, at) => native.egress.bridges === downstream(at)));
  return bridges;
}

/** A native publisher and a native subscriber to everything on each. */
async function withNatives(bridges: readonly TestBridge[]) {
  const natives = [];
  for (const { native, put } of bridges) {
    const to = subscriberTo(opened, native);
    await until('the subscriber', () => native.nativeSubscriptions('x') === native.egress.bridges + 1);
    const from = await publisherTo(opened, native);
    natives.push({ to, from, put });
  }
  return natives;
}

const ring = (n: number): number[][] => Array.from({ length: n }, (_, i) => [(i + n - 1) % n]);

describe('bridges in a circle', () => {
  it.each([
    ['a ring of three', ring(3)],
    ['a ring of five', ring(5)],
    ['a pair', ring(2)],
    ['a diamond', [[], [0], [0], [1, 2]]],
    ['two rings that meet', [[2, 4], [0], [1], [0], [3]]],
    [
      'everybody with everybody',
      [
        [1, 2],
        [0, 2],
        [0, 1],
      ],
    ],
  ])('deliver every publication once everywhere: %s', async (_, sourcesOf) => {
    const bridges = await linked(sourcesOf);
    const natives = await withNatives(bridges);
    /** Bridges to which what enters at one comes, itself included. */
    const reached = (at: number, found = new Set([at])): Set<number> => {
      for (const [to, sources] of sourcesOf.entries())
        if (sources.includes(at) && !found.has(to)) reached(to, found.add(to));
      return found;
    };
    const expected: string[][] = sourcesOf.map(() => []);
    for (let i = 0; i < 20; i++)
      for (const [at, { from, put }] of natives.entries()) {
        const number = String(100 * (at + 1) + i);
        await from.send(`native ${number}`);
        put('put', number);
        for (const to of reached(at)) expected[to]?.push(`native ${number}`, `put ${number}`);
      }
    const received = () => natives.map(({ to }) => to.received.toSorted());
    const sorted = expected.map((each) => each.toSorted());
    await until('all of it', () =>
      natives.every(({ to }, at) => to.received.length >= (sorted[at]?.length ?? 0)),
    );
    // Whatever still goes round would come before these.
    for (let i = 0; i < 20; i++) for (const { put } of natives) put('mark', String(i));
    await until('the marks', () => natives.every(({ to }) => to.received.includes('mark 19')));
    expect(received().map((each) => each.filter((text) => !text.startsWith('mark')))).toEqual(sorted);
    expect(bridges.flatMap(({ native }) => native.loops)).toEqual([]);
    expect(bridges.flatMap(({ log }) => log.lines)).toEqual([]);
    expect(bridges.flatMap(({ losses }) => losses)).toEqual([]);
  });

  it('take nothing of their own when one is its own source under another name', async () => {
    const port = await freePort();
    const self = await bridge({ address: `tcp://127.0.0.1:${port}`, sources: [`tcp://localhost:${port}`] });
    const to = subscriberTo(opened, self.native);
    await until('both', () => self.native.egress.bridges === 1 && self.native.nativeSubscriptions('x') === 2);
    for (let i = 0; i < 50; i++) self.put('a', String(i));
    await until('all came round', () => self.native.ingresses.some(({ duplicates }) => duplicates === 50));
    await until('all received', () => to.received.length >= 50);
    expect(to.received).toHaveLength(50);
    expect(self.taken).toEqual([]);
  });

  it('go on when one of a ring is replaced while messages go round', async () => {
    const [one, two, three] = (await freeAddresses(3)) as [string, string, string];
    const a = await bridge({ address: one, sources: [three] });
    const b = await bridge({ address: two, sources: [one] });
    const first = await bridge({ address: three, sources: [two] });
    await until('the ring', () => [a, b, first].every(({ native }) => native.egress.bridges === 1));
    for (let i = 0; i < 50; i++) a.put('before', String(i));
    await until('all', () => first.taken.length === 50);
    await first.native.close(500);
    const second = await bridge({ address: three, sources: [two] });
    await until('the ring again', () => [a, b, second].every(({ native }) => native.egress.bridges === 1));
    for (const { put } of [a, b, second]) put('after', '1');
    const afterOf = (each: TestBridge) => each.taken.filter((text) => text === 'after 1').length;
    await until('all of it', () => [a, b, second].every((each) => afterOf(each) >= 2));
    for (const { put } of [a, b, second]) put('mark', '1');
    const marksOf = (each: TestBridge) => each.taken.filter((text) => text === 'mark 1').length;
    await until('the marks', () => [a, b, second].every((each) => marksOf(each) >= 2));
    expect([a, b, second].map(afterOf)).toEqual([2, 2, 2]);
    // It was stopped, not killed: what it said last proves that nothing was lost, and so does where the next one
    // stands.
    expect([a, b, second].flatMap(({ losses }) => losses)).toEqual([]);
  });
});

describe('a plain native beside bridges', () => {
  it('receives nothing of what they send each other, whatever it subscribes to', async () => {
    const [a] = await linked([[], [0]]);
    const { native, put } = a as TestBridge;
    const all = subscriberTo(opened, native, ['']);
    const both = subscriberTo(opened, native, ['', 'a', '\u00ff']);
    await until('them', () => native.nativeSubscriptions('a') === 4);
    both.socket.unsubscribe('a');
    await until('one less', () => native.nativeSubscriptions('a') === 3);
    put('a', '1');
    put('ü', '2');
    await until('all', () => all.received.length === 2 && both.received.length === 2);
    both.socket.subscribe('a');
    both.socket.unsubscribe('');
    await until(
      'another',
      () => native.nativeSubscriptions('ü') === 2 && native.nativeSubscriptions('a') === 3,
    );
    put('ü', '3');
    put('a', '4');
    await until('the last', () => both.received.length === 3 && all.received.length === 4);
    expect(all.received).toEqual(['a 1', 'ü 2', 'ü 3', 'a 4']);
    expect(both.received).toEqual(['a 1', 'ü 2', 'a 4']);
  });
});

describe('a bridge of an older version', () => {
  it('is a source like any other, and has this one as a source, with plain frames', async () => {
    const [one, two] = (await freeAddresses(2)) as [string, string];
    const a = await bridge({ address: one });
    const old = await oldBridge(opened, two, one);
    const c = await bridge({ sources: [two] });
    await until('the line', () => a.native.nativeSubscriptions('x') === 1 && old.subscribed() === 1);
    a.put('x', '1');
    await until('the message', () => c.taken.length === 1);
    expect(old.taken).toEqual(['x 1']);
    expect(c.taken).toEqual(['x 1']);
  });

  it('in a circle: nothing goes round, and what is lacking is said until the circle is gone', {
    timeout: 40_000,
  }, async () => {
    const [one, two] = (await freeAddresses(2)) as [string, string];
    // Three of its announcements, of which there is one every five seconds, are waited for.
    const clock = {
      ...systemClock,
      later: (ms: number, action: () => void) => systemClock.later(ms / 20, action),
    };
    const a = await openBridge(opened, { address: one, sources: [two] }, clock);
    const old = await oldBridge(opened, two, one);
    await until('it is noticed', () => a.native.loops.length === 1);
    a.put('x', '1');
    await until('it comes back', () => a.taken.length === 1);
    for (let i = 0; i < 10; i++) a.put('mark', String(i));
    await until('the marks', () => a.taken.includes('mark 9'));
    expect(a.taken.filter((text) => text === 'x 1')).toHaveLength(1);
    await until('it is said', () => a.log.lines.length > 0);
    expect(a.log.lines.map(({ text }) => text).join('\n')).toMatch(/Remedy: update the Zerospan servers/);
    old.close();
    await until('it is gone', () => a.native.loops.length === 0);
    expect(a.log.lines.at(-1)).toMatchObject({ level: 'info' });
  });
});
