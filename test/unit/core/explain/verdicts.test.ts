import type { Explanation, SubscribeBody } from '@zerospan/shared';
import { describe, expect, it } from 'vitest';
import { type Explained, Explainer } from '../../../../server/src/core/observing/explain/explainer.ts';
import { atOnce } from '../../../support/at-once.ts';
import { type FakeClient, TestBus, type TestBusOptions } from '../../../support/core.ts';
import { ALL, set, TestGate } from '../../../support/grants.ts';

/** A bus, and what it explains. */
class Scene {
  readonly bus: TestBus;
  readonly #explainer: Explainer;

  constructor(options?: TestBusOptions) {
    this.bus = new TestBus({ tailEntries: 2, ...options });
    this.#explainer = new Explainer(this.bus.hub, this.bus.log, atOnce);
  }

  explain(offset: number, client: FakeClient | string, epoch = 'epoch-1'): Promise<Explained> {
    const session = typeof client === 'string' ? client : client.conversation.id;
    return this.#explainer.explain({ epoch, offset }, session);
  }

  async join(subscriptions: SubscribeBody[], more: object = {}): Promise<FakeClient> {
    const client = await this.bus.join(subscriptions, more);
    await this.bus.settle();
    return client;
  }

  async puts(...channels: string[]): Promise<void> {
    for (const channel of channels) await this.bus.put(channel);
    await this.bus.settle();
  }

  /** The client is lost, and comes back with these. */
  async back(client: FakeClient, subscriptions: object[], more: object = {}): Promise<FakeClient> {
    client.link.close(1006);
    client.conversation.closed();
    return await this.bus.join(subscriptions, { client: client.id, epoch: 'epoch-1', ...more });
  }
}

const room = { id: 1, channels: ['room'] };

function said({ verdict, sentence }: Pick<Explanation, 'verdict' | 'sentence'>): string {
  return `${verdict}: ${sentence}`;
}

describe('what became of a publication', () => {
  it('is had, and between which ms, once an ack reaches it', async () => {
    const scene = new Scene();
    const client = await scene.join([room], { acks: true });
    await scene.puts('room');
    expect(said(await scene.explain(1, client))).toBe(
      'written: It was written to session session-1, whose client has not acknowledged it yet.',
    );
    scene.bus.clock.advance(40);
    client.say({ ack: { offset: 1, bytes: 100 } });
    const explained = await scene.explain(1, client);
    expect(said(explained)).toBe(
      'had: Its client acknowledged it between 0 ms and 40 ms after it was published.',
    );
    expect(explained).toMatchObject({ channel: 'room', time: scene.bus.clock.now() - 40 });
    expect(explained.evidence.map(({ text }) => text)).toEqual([
      'Session session-1 began.',
      'Granted subscription 1 of session session-1 to "room", above offset 0.',
      'Published on "room".',
      'Session session-1 had acknowledged it.',
    ]);
  });

  it('is had, by an ack of the session with which the client came back from above it', async () => {
    const scene = new Scene();
    const client = await scene.join([room], { acks: true });
    await scene.puts('room');
    const back = await scene.back(client, [{ ...room, after: 1 }], { acks: true });
    expect((await scene.explain(1, back)).verdict).toBe('written');
    back.say({ ack: { offset: 1, bytes: 0 } });
    expect(said(await scene.explain(1, back))).toBe(
      'had: Its client acknowledged it between 0 ms and 0 ms after it was published, in session session-2.',
    );
  });

  it('is written, where its client does not acknowledge', async () => {
    const scene = new Scene();
    const client = await scene.join([room]);
    await scene.puts('room');
    expect(said(await scene.explain(1, client))).toBe(
      'written: It was written to session session-1, whose client does not acknowledge.',
    );
  });

  it('is coming, while its session is behind', async () => {
    const scene = new Scene();
    const client = await scene.join([room]);
    client.link.hasRoom = false;
    await scene.puts('room');
    expect(said(await scene.explain(1, client))).toBe(
      'coming: The session session-1 is at offset 0, and will be given it.',
    );
  });

  it('is away, while the client has no session; lost once the log has dropped it meanwhile', async () => {
    const scene = new Scene({ logBytes: 500 });
    const client = await scene.join([room]);
    client.link.close(1006);
    client.conversation.closed();
    await scene.puts('room');
    expect((await scene.explain(1, client)).verdict).toBe('away');
    await scene.puts('other', 'other', 'other', 'other');
    expect(said(await scene.explain(1, client))).toBe(
      'lost: It will not be given to subscription 1 any more: a gap will be reported when its client returns.',
    );
  });

  it('is lost by retention, and a gap said so', async () => {
    const scene = new Scene({ logBytes: 500 });
    const client = await scene.join([room]);
    client.link.hasRoom = false;
    await scene.puts('room', 'room', 'room', 'room', 'room');
    client.room();
    await scene.bus.settle();
    expect(said(await scene.explain(1, client))).toBe(
      'lost: It was lost to subscription 1: a gap from offset 1 to 2 was reported (lag, 2 missed).',
    );
    expect((await scene.explain(3, client)).verdict).toBe('written');
  });

  it('is skipped, where the client takes the newest of each channel only', async () => {
    const scene = new Scene();
    const client = await scene.join([{ ...room, onLag: 'latest' }]);
    client.link.hasRoom = false;
    await scene.puts('room', 'room');
    expect((await scene.explain(1, client)).verdict).toBe('skipped');
    client.room();
    await scene.bus.settle();
    expect(said(await scene.explain(1, client))).toBe(
      'skipped: It was left out, because subscription 1 takes the newest of each channel only: a gap from offset 1 to 1 was reported (lag, 1 missed).',
    );
    expect((await scene.explain(2, client)).verdict).toBe('written');
  });

  it('is not subscribed: never, later, no longer, without a session', async () => {
    const scene = new Scene();
    const client = await scene.join([{ id: 1, channels: ['other'] }]);
    await scene.puts('room');
    expect(said(await scene.explain(1, client))).toBe(
      'not-subscribed: No subscription of the client matched its channel.',
    );
    client.say({ subscribe: { id: 2, channels: ['room'] } });
    await scene.bus.settle();
    expect(said(await scene.explain(1, client))).toBe(
      'not-subscribed: The client began behind it: subscription 2 is given what lies above offset 1.',
    );
    client.say({ unsubscribe: { id: 2 } });
    await scene.puts('room');
    expect(said(await scene.explain(2, client))).toBe(
      'not-subscribed: The client was not subscribed any more: subscription 2 ended at offset 1 (its client unsubscribed).',
    );
    const other = await scene.join([]);
    expect(said(await scene.explain(1, other))).toBe(
      'not-subscribed: The client had no session when it was published, and did not ask for it later.',
    );
  });

  it('is not subscribed where a client came back without its position', async () => {
    const scene = new Scene();
    const client = await scene.join([room]);
    client.link.close(1006);
    client.conversation.closed();
    await scene.puts('room');
    const back = await scene.bus.join([room], { client: client.id });
    expect(said(await scene.explain(1, back))).toBe(
      'not-subscribed: Session session-1 ended at offset 0, and the client came back without a position.',
    );
  });

  it('has no grant, refused at once or by a fresh token', async () => {
    const gate = new TestGate();
    gate.knows('few', 'carl', { subscribe: set('other') });
    gate.knows('all', 'carl', { subscribe: ALL });
    const scene = new Scene({ gate });
    const client = await scene.join([room], { token: 'few' });
    await scene.puts('room');
    expect(said(await scene.explain(1, client))).toBe(
      'no-grant: The client asked for it and was refused (forbidden): No grant to subscribe to "room".',
    );
    const other = await scene.join([room], { token: 'all' });
    other.say({ auth: { token: 'few' } });
    await scene.bus.settle();
    await scene.puts('room');
    expect(said(await scene.explain(2, other))).toBe(
      'no-grant: A fresh token did not grant it any more: subscription 1 ended at offset 1.',
    );
  });

  it('cannot be said of no publication, of an upstream gap, of another epoch and of nobody', async () => {
    const scene = new Scene();
    const client = await scene.join([room]);
    scene.bus.log.appendGap({ channels: ['room'], missed: 3 });
    await scene.bus.settle();
    expect(said(await scene.explain(2, client))).toBe(
      'no-publication: The log has no publication with this offset; its newest entry has 1.',
    );
    expect(said(await scene.explain(1, client))).toBe(
      'no-publication: At this offset is an upstream gap: publications on channel room were lost before they reached the log.',
    );
    expect((await scene.explain(1, client, 'other')).verdict).toBe('unknown');
    await scene.puts('room');
    expect((await scene.explain(2, 'nobody')).verdict).toBe('unknown');
  });

  it('is named with 20 items of evidence at most, and of a thousand filters the one that matched', async () => {
    const scene = new Scene();
    const channels = Array.from({ length: 999 }, (_, i) => `channel-${i}`);
    const client = await scene.join([{ id: 1, channels: [...channels, 'room'] }]);
    for (let id = 2; id < 60; id++) {
      client.say({ subscribe: { id, channels: ['room'] } });
      client.say({ unsubscribe: { id } });
    }
    await scene.puts('room');
    const { evidence } = await scene.explain(1, client);
    expect(evidence.length).toBeLessThanOrEqual(20);
    expect(JSON.stringify(evidence)).not.toContain('channel-');
  });
});

/** Each was found in a random history, or by a bug that these did not notice. */
describe('what became of a publication is not mistaken', () => {
  it('for had, where a client had come back from below it before it came back from above', async () => {
    const scene = new Scene({ logBytes: 500 });
    const client = await scene.join([room], { acks: true });
    await scene.puts('room');
    client.link.close(1006);
    client.conversation.closed();
    await scene.puts('other', 'other', 'other', 'other');
    const second = await scene.bus.join([{ ...room, after: 0 }], {
      client: client.id,
      epoch: 'epoch-1',
      acks: true,
    });
    const third = await scene.back(second, [{ ...room, after: 5 }], { client: client.id, acks: true });
    third.say({ ack: { offset: 5, bytes: 0 } });
    expect((await scene.explain(1, third)).verdict).toBe('lost');
  });

  it('for had, by an ack from before a replay by time was read', async () => {
    const scene = new Scene();
    const client = await scene.join([], { acks: true });
    await scene.puts('room');
    client.link.hasRoom = false;
    client.say({ subscribe: { ...room, replay: { sinceMs: 60_000 } } });
    client.say({ ack: { offset: 1, bytes: 0 } });
    client.room();
    await scene.bus.settle();
    expect(client.offsets).toEqual([1]);
    expect(said(await scene.explain(1, client))).toBe(
      'written: It was replayed to session session-1, and acks do not say that its client has it.',
    );
    client.say({ ack: { offset: 1, bytes: 1_000 } });
    expect((await scene.explain(1, client)).verdict).toBe('had');
  });

  it('for written, where it was gathered for a link that was closed', async () => {
    const scene = new Scene();
    const client = await scene.join([room]);
    await scene.bus.put('room');
    client.link.close(1006);
    client.conversation.closed();
    expect((await scene.explain(1, client)).verdict).toBe('away');
  });

  it('for lost, where the log still held it within a gap', async () => {
    const scene = new Scene({ logBytes: 500, lastBytes: 10_000 });
    const client = await scene.join([{ id: 1, channels: ['kept', 'room'] }]);
    client.link.hasRoom = false;
    await scene.puts('kept', 'room', 'room', 'room', 'room', 'room', 'room');
    client.room();
    await scene.bus.settle();
    // It is not the last of its channel any more, so the log lets go of it.
    await scene.puts('kept');
    expect(client.control('gap')).toMatchObject([{ from: 1 }]);
    expect(client.offsets[0]).toBe(1);
    expect((await scene.explain(1, client)).verdict).toBe('written');
    expect((await scene.explain(2, client)).verdict).toBe('lost');
  });

  it('for lost, by a gap for what was left of a subscription', async () => {
    const scene = new Scene({ logBytes: 500 });
    const client = await scene.join([{ id: 1, channels: ['room', 'other'] }]);
    client.link.hasRoom = false;
    await scene.puts('room', 'other');
    client.say({ unsubscribe: { id: 1, channels: ['other'] } });
    await scene.puts('room', 'room', 'room', 'room', 'room');
    client.room();
    await scene.bus.settle();
    expect(client.control('gap')).toMatchObject([{ from: 1 }]);
    expect(said(await scene.explain(2, client))).toBe(
      'not-subscribed: The client was not subscribed any more: subscription 1 ended at offset 0 (its client took the filter away).',
    );
    expect((await scene.explain(1, client)).verdict).toBe('lost');
  });

  it('for not subscribed, where it was written before history was withheld (W8)', async () => {
    const gate = new TestGate();
    gate.knows('long', 'carl', { subscribe: ALL, history: ALL });
    gate.knows('short', 'carl', { subscribe: ALL });
    const scene = new Scene({ gate, bounds: { resumeWindowMs: 1_000 } });
    for (let i = 0; i < 3_000; i++) await scene.bus.put('room');
    scene.bus.clock.advance(1_200);
    await scene.puts('room');
    const client = scene.bus.connect();
    client.link.fullAfter = 1;
    client.hello([{ ...room, after: 0 }], { epoch: 'epoch-1', token: 'long' });
    await scene.bus.settle();
    const given = client.offsets.at(-1) ?? 0;
    client.say({ auth: { token: 'short' } });
    client.room();
    await scene.bus.settle();
    client.room();
    await scene.bus.settle();
    expect(client.control('gap')).toMatchObject([{ from: given + 1, to: 3_000 }]);
    expect((await scene.explain(given, client)).verdict).toBe('written');
    expect((await scene.explain(given + 1, client)).verdict).toBe('lost');
    expect((await scene.explain(3_001, client)).verdict).toBe('written');
  });
});

describe('the journal', () => {
  it('keeps nothing of sessions that are open, and one record of each that has ended', async () => {
    const { bus } = new Scene();
    const clients = await Promise.all(Array.from({ length: 50 }, () => bus.join([room], { acks: true })));
    await bus.put('room');
    await bus.settle();
    expect(bus.hub.journal.records).toBe(0);
    for (const { conversation } of clients) conversation.closed();
    expect(bus.hub.journal.records).toBe(50);
  });

  it('lets one user that reconnects all day forget its own sessions alone', async () => {
    const gate = new TestGate();
    for (const user of ['busy', 'calm']) gate.knows(user, user, { subscribe: ALL });
    const scene = new Scene({ gate, bounds: { journalBytes: 100_000 } });
    const calm = await scene.join([room], { token: 'calm' });
    const back = await scene.back(calm, [{ ...room, after: 0 }], { token: 'calm' });
    for (let i = 0; i < 1_000; i++) {
      const busy = await scene.bus.join([room], { token: 'busy' });
      busy.conversation.closed();
    }
    const { journal, refs } = scene.bus.hub;
    expect(journal.bytes).toBeLessThan(100_000);
    expect(journal.forgottenRecords).toBeGreaterThan(500);
    const ref = refs.of(
      (back.conversation.session as NonNullable<typeof back.conversation.session>).requester,
    );
    expect(journal.earlier(ref)).toMatchObject([{ session: 'session-1', code: null }]);
  }, 20_000);

  it('makes explain say what it does not know any more, and since when it knows', async () => {
    const scene = new Scene({ logBytes: 1_000, bounds: { journalBytes: 900 } });
    const client = await scene.join([room]);
    await scene.puts('room');
    for (let id = 2; id < 10; id++) {
      client.say({ subscribe: { id, channels: ['other'] } });
      client.say({ unsubscribe: { id } });
      await scene.bus.settle();
    }
    const { verdict, sentence } = await scene.explain(1, client);
    expect(verdict).toBe('unknown');
    expect(sentence).toMatch(
      /^The journal reaches back for this client to offset 1 \(.*Z\) only, and this was published before\.$/,
    );
    await scene.puts('room');
    expect((await scene.explain(2, client)).verdict).toBe('written');
  });

  it('explains nothing where nothing is kept', async () => {
    const scene = new Scene({ bounds: { journalBytes: 0 } });
    const client = await scene.join([room]);
    await scene.puts('room');
    expect((await scene.explain(1, client)).verdict).toBe('unknown');
    client.conversation.closed();
    expect(scene.bus.hub.journal.records).toBe(0);
  });
});
