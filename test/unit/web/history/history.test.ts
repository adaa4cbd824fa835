import fc from 'fast-check';
import type { LightMyRequestResponse } from 'fastify';
import { describe, expect, it } from 'vitest';
import type { Entry } from '../../../../server/src/core/log/log.ts';
import { matches } from '../../../../server/src/core/log/matching.ts';
import { MemoryLog } from '../../../../server/src/logs/memory/index.ts';
import { TestApi } from '../../../support/api.ts';
import { range } from '../../../support/buses.ts';
import { TestBus, type TestBusOptions } from '../../../support/core.ts';
import { set, TestGate } from '../../../support/grants.ts';

interface Line {
  readonly channel?: string;
  readonly offset?: number;
  readonly gap?: { readonly reason: string; readonly missed: number | null; readonly from: number };
}

function linesOf({ body }: LightMyRequestResponse): Line[] {
  return body
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Line);
}

/** An API over a bus whose log has these publications on channels `a` and `b`, in turn. */
async function scene(count: number, options?: TestBusOptions): Promise<TestApi> {
  const bus = new TestBus(options);
  for (const n of range(1, count)) await bus.put(n % 2 === 1 ? 'a' : 'b', n);
  return TestApi.over(bus);
}

const ask = (api: TestApi, query: string, token?: string) =>
  api.ask({
    method: 'GET',
    url: `/v1/history?${query}`,
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
  });

const position = (offset: number) => `epoch-1_${String(offset).padStart(16, '0')}`;

function nextOf({ headers }: LightMyRequestResponse): string | undefined {
  return /^<\?(.*)>; rel="next"$/.exec(String(headers.link))?.[1];
}

/** All pages of a request, by the links that they give. */
async function pages(api: TestApi, query: string): Promise<LightMyRequestResponse[]> {
  const all: LightMyRequestResponse[] = [];
  for (let next: string | undefined = query; next !== undefined; ) {
    const page: LightMyRequestResponse = await ask(api, next);
    expect(page.statusCode, page.body).toBe(200);
    all.push(page);
    if (all.length > 500) throw new Error('the pages do not end');
    next = nextOf(page);
  }
  return all;
}

const filters = [
  { query: 'channel=a', set: { channels: ['a'], prefixes: [] } },
  { query: 'channel=c&prefix=b', set: { channels: ['c'], prefixes: ['b'] } },
  { query: 'all', set: { channels: [], prefixes: [''] } },
] as const;

describe('GET /v1/history', () => {
  it('answers what a reader of everything does, in any order, page by page, over 1,000 random logs', async () => {
    const bus = new TestBus();
    const api = await TestApi.over(bus);
    const { clock } = bus;
    let epochs = 1;
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({
            channel: fc.constantFrom('a', 'b', 'ba', 'c'),
            isGap: fc.boolean(),
            passMs: fc.nat(300),
          }),
          { maxLength: 20 },
        ),
        fc.constantFrom(...filters),
        fc.record({
          bytes: fc.integer({ min: 300, max: 4_000 }),
          limit: fc.integer({ min: 2, max: 9 }),
          order: fc.constantFrom('forwards', 'backwards', undefined),
          from: fc.oneof(
            fc.constant(undefined),
            fc.record({ after: fc.nat(22) }),
            fc.record({ at: fc.nat(20) }),
          ),
          before: fc.option(fc.nat(22), { nil: undefined }),
        }),
        async (appended, filter, { bytes, limit, order, from, before }) => {
          const epoch = `epoch-${++epochs}`;
          const log = new MemoryLog({ clock, bytes, lastBytes: 300, ageMs: 0, epoch });
          const all: Entry[] = [];
          log.follow((entry) => all.push(entry));
          for (const { channel: of, isGap, passMs } of appended) {
            if (isGap) log.appendGap({ channels: [of], missed: 2 });
            else log.append({ channels: [of], payload: Buffer.from('"x"'), republish: true });
            clock.advance(passMs);
          }
          bus.late.restart(log);
          await bus.settle();
          const interest = { filter: filter.set, after: 0 };
          const held = log.read({ after: 0, interests: [interest], scan: 1e6, bytes: 1e9 }).entries;
          const query = [filter.query, `limit=${limit}`];
          if (order) query.push(`order=${order}`);
          let above = 0;
          if (from && 'after' in from) {
            above = from.after;
            query.push(`after=${epoch}_${from.after}`);
          } else if (from) {
            const time = all[from.at]?.time ?? clock.now() + 1;
            above = all.findLast((one) => one.time < time)?.offset ?? 0;
            query.push(`at=${time}`);
          }
          if (before !== undefined) query.push(`before=${epoch}_${before}`);
          const found = (await pages(api, query.join('&'))).map((page) =>
            linesOf(page).filter(({ gap }) => gap?.reason !== 'retention'),
          );
          for (const page of found) expect(page.length).toBeLessThanOrEqual(limit);
          const expected = held
            .filter(({ channel, offset }) => matches(filter.set, channel) && offset > above)
            .map(({ offset }) => offset)
            .filter((offset) => offset < (before ?? 1e9));
          const isBackwards = order ? order === 'backwards' : before !== undefined && !from;
          expect(found.flat().map(({ offset, gap }) => offset ?? gap?.from)).toEqual(
            isBackwards ? expected.toReversed() : expected,
          );
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it('answers lines, where the page ends, and the next one below any prefix', async () => {
    const api = await scene(30);
    const first = await ask(api, 'channel=a&limit=5');
    expect(first.headers).toMatchObject({
      'content-type': 'application/x-ndjson',
      'cache-control': 'no-store',
      'zerospan-position': position(9),
      link: `<?channel=a&limit=5&after=${position(9)}&order=forwards>; rel="next"`,
    });
    expect(linesOf(first).map(({ offset }) => offset)).toEqual([1, 3, 5, 7, 9]);
    const newest = await ask(api, 'all&before&limit=3');
    expect(linesOf(newest).map(({ offset }) => offset)).toEqual([30, 29, 28]);
    expect(newest.headers['zerospan-position']).toBe(position(30));
    const last = await ask(api, `all&after=${position(29)}`);
    expect([last.headers.link, last.headers['zerospan-position']]).toEqual([undefined, position(30)]);
  });

  it('reports what was dropped, with its count, and what of another log is gone', async () => {
    const bus = new TestBus({ logBytes: 2_000 });
    const api = await TestApi.over(bus);
    for (const n of range(1, 50)) await bus.put('a', n);
    const lines = linesOf(await ask(api, 'all'));
    expect(lines[0]?.gap).toMatchObject({ reason: 'retention', from: 1 });
    expect((lines[0]?.gap?.missed ?? 0) + lines.length - 1).toBe(50);
    const other = linesOf(await ask(api, 'all&after=epoch-0_7'));
    expect(other[0]?.gap).toMatchObject({ reason: 'restart', epoch: 'epoch-0', from: 8 });
    for (const bad of ['before=epoch-0_7', 'before=x', `after=${position(1)}&at=1`])
      expect((await ask(api, `all&${bad}`)).json()).toMatchObject({ status: 400, code: 'bad-replay' });
  });

  it('names parameters of the query where it rejects one', async () => {
    const api = await scene(0);
    for (const [path, parameter] of [
      ['history', '?channel=NAME'],
      ['events', '?channel=NAME'],
      ['events?all&last=1&since=x_1', '?since'],
    ] as const) {
      const answer = await api.ask({ method: 'GET', url: `/v1/${path}` });
      expect(answer.json<{ remedy: string }>().remedy).toContain(parameter);
    }
  });

  it('needs the grant for history beyond the window within which anybody may resume', async () => {
    const gate = new TestGate();
    const bus = new TestBus({ gate, bounds: { resumeWindowMs: 64_000 } });
    gate.knows('some', 'eve', { subscribe: set('a b') });
    gate.knows('all', 'bob', { subscribe: set('a b'), history: set('a') });
    const api = await TestApi.over(bus);
    for (const n of range(1, 10)) await bus.put('a', n);
    bus.clock.advance(128_000);
    await bus.put('a', 'new');
    const status = async (query: string, token: string) => (await ask(api, query, token)).statusCode;
    expect(await status('channel=a', 'some')).toBe(403);
    expect(await status('channel=a&before', 'some')).toBe(403);
    expect(await status(`channel=a&after=${position(10)}`, 'some')).toBe(200);
    expect(await status('channel=a', 'all')).toBe(200);
    expect(await status('channel=b', 'all')).toBe(403);
    expect(await status('channel=c', 'all')).toBe(403);
    expect(await status('channel=a', 'none')).toBe(401);
  });

  it('takes no more of the log than its pace, and reads on in its time', async () => {
    const api = await scene(100, { bounds: { replayEntriesPerS: 40 } });
    const first = await ask(api, 'all&limit=1000');
    expect(linesOf(first).map(({ offset }) => offset)).toEqual(range(1, 40));
    const next = nextOf(first) ?? '';
    const early = await ask(api, next);
    expect([early.statusCode, early.headers['retry-after']]).toEqual([429, '1']);
    expect(early.json()).toMatchObject({ code: 'too-many-reads' });
    api.bus.clock.advance(1_000);
    expect(linesOf(await ask(api, next)).map(({ offset }) => offset)).toEqual(range(41, 80));
  });

  it('ends an answer at its limit, or at a mebibyte, with a next page', async () => {
    const bus = new TestBus();
    const api = await TestApi.over(bus);
    for (const n of range(1, 99)) await bus.put('a', `${n}${'x'.repeat(25_000)}`);
    // Of several looks at the log, one limit holds.
    expect(linesOf(await ask(api, 'all&limit=9')).map(({ offset }) => offset)).toEqual(range(1, 9));
    const all = await pages(api, 'all&limit=1000');
    expect(all.length).toBeGreaterThan(2);
    expect(Math.max(...all.map(({ body }) => body.length))).toBeLessThan(1_200_000);
    expect(all.flatMap(linesOf).map(({ offset }) => offset)).toEqual(range(1, 99));
  });
});
