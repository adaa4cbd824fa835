import { describe, expect, it } from 'vitest';
import { REMEMBERED_MS } from '../../../server/src/auth/revocations/revoked.ts';
import { REVOCATIONS_AGE_MS } from '../../../server/src/cluster/nats/connect.ts';
import { revocationMessage, revokedIn } from '../../../server/src/cluster/nats/revocations/message.ts';
import { POLL_MS } from '../../../server/src/cluster/nats/revocations/shared-revocations.ts';
import { EndedSessions } from '../../../server/src/core/access/ended-sessions.ts';
import { turns } from '../../support/cluster/fake-network.ts';
import { RevocationNodes } from '../../support/cluster/revocation-nodes.ts';
import type { Snapshot } from '../../support/jetstream/fake-server.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const ALICE = { subject: 'alice' } as const;
const BOB = { subject: 'bob' } as const;

describe('revocations of all nodes', () => {
  it('hold on each of them at once, and are reported once', async () => {
    const nodes = new RevocationNodes();
    const [first, second] = [await nodes.node(), await nodes.node()];
    for (const what of [ALICE, { token: 't' }, { session: 's' }]) first.shared.revoke(what);
    await turns(100);
    expect(second.ended).toEqual([ALICE, { token: 't' }, { session: 's' }]);
    expect(second.own.has(ALICE)).toBe(true);
    await nodes.pass(5_000);
    expect([first.ended.length, second.ended.length, first.shared.unsent]).toEqual([3, 3, 0]);
    // Of the end of a session nobody has to know for long.
    expect(nodes.server.messages).toHaveLength(2);
  });

  it('hold within a second where no node says that there is something new', async () => {
    const nodes = new RevocationNodes();
    const [first, second] = [await nodes.node(), await nodes.node()];
    nodes.networks.isLost = () => true;
    first.shared.revoke(ALICE);
    await nodes.pass(POLL_MS + 250);
    expect(second.ended).toEqual([ALICE]);
  });

  it('hold on nodes that hear of them while the stream takes nothing, and are kept when it does', async () => {
    const nodes = new RevocationNodes();
    const [first, second] = [await nodes.node(), await nodes.node()];
    nodes.server.isAway = true;
    first.shared.revoke(ALICE);
    const settled = first.shared.settled();
    await turns();
    expect([second.ended, nodes.server.messages.length]).toEqual([[ALICE], 0]);
    nodes.server.isAway = false;
    await nodes.pass(1_000);
    await settled;
    expect([first.ended, second.ended, nodes.server.messages.length]).toEqual([[ALICE], [ALICE], 1]);
  });

  it('are said again while the stream takes nothing, to nodes that come into reach, and no longer', async () => {
    const nodes = new RevocationNodes();
    const [first, second, third] = [await nodes.node(), await nodes.node(), await nodes.node()];
    nodes.server.isAway = true;
    nodes.networks.isLost = () => true;
    first.shared.revoke(ALICE);
    first.shared.revoke(BOB);
    await nodes.pass(3_000);
    expect([second.ended, third.ended]).toEqual([[], []]);
    nodes.networks.isLost = (_, to) => to === third.network.id;
    await nodes.pass(POLL_MS);
    expect([second.ended, third.ended]).toEqual([[ALICE, BOB], []]);
    nodes.networks.isLost = () => false;
    nodes.server.contact();
    await turns();
    expect([second.ended, third.ended]).toEqual([
      [ALICE, BOB],
      [ALICE, BOB],
    ]);
    nodes.server.isAway = false;
    await nodes.pass(3_000);
    const said = nodes.networks.said.length;
    await nodes.pass(5_000);
    expect([nodes.networks.said.length, nodes.server.messages.length]).toEqual([said, 2]);
  });

  it('are known to a node that starts when all others have gone', async () => {
    const nodes = new RevocationNodes();
    const first = await nodes.node();
    for (let i = 0; i < 1_000; i++) first.shared.revoke({ subject: `user ${i}` });
    await first.shared.settled();
    await first.shared.close();
    const second = await nodes.node();
    expect(second.own.has({ subject: 'user 999' })).toBe(true);
    expect([second.own.size, second.ended.length]).toEqual([1_000, 0]);
    expect(REVOCATIONS_AGE_MS).toBeGreaterThan(REMEMBERED_MS);
  });

  it('are settled when the stream has them, and sent again until it does', async () => {
    const nodes = new RevocationNodes();
    const [first, second] = [await nodes.node(), await nodes.node()];
    nodes.server.isAway = true;
    nodes.networks.isLost = () => true;
    expect(first.shared.revoke(ALICE)).toBe(true);
    const settled = expect(first.shared.settled()).rejects.toThrow('NATS');
    await nodes.pass(6_000);
    await settled;
    expect([first.ended, second.ended, first.events]).toEqual([
      [ALICE],
      [],
      expect.arrayContaining(['revocations-not-kept']),
    ]);
    nodes.server.isAway = false;
    nodes.server.faults.push('lost-answer');
    await nodes.pass(3 * POLL_MS);
    await first.shared.settled();
    expect([second.ended, nodes.server.messages.length]).toEqual([[ALICE], 1]);
  });

  it('made twice count from the second time', async () => {
    const nodes = new RevocationNodes();
    const [first, second] = [await nodes.node(), await nodes.node()];
    first.shared.revoke(ALICE);
    await nodes.pass(1_000);
    nodes.clock.freeze(REMEMBERED_MS - 10_000);
    first.shared.revoke(ALICE);
    await nodes.pass(1_000);
    nodes.clock.freeze(REMEMBERED_MS - 10_000);
    expect([first.own.has(ALICE), second.own.has(ALICE)]).toEqual([true, true]);
  });

  it('that cannot be heard for too long make a node blind, until it hears again', async () => {
    const nodes = new RevocationNodes();
    const [first, never] = [await nodes.node(60_000), await nodes.node(0)];
    nodes.server.isAway = true;
    await nodes.pass(59_000);
    expect([first.shared.isBlind, first.blind.length]).toEqual([false, 0]);
    await nodes.pass(3_000);
    expect([first.shared.isBlind, first.blind.length]).toEqual([true, 1]);
    expect(first.events).toContain('revocations-unheard');
    await nodes.pass(60_000);
    expect([first.blind.length, never.shared.isBlind]).toEqual([1, false]);
    nodes.server.isAway = false;
    await nodes.pass(1_500);
    expect(first.shared.isBlind).toBe(false);
  });

  it('make a node blind in time while the stream is being made again, and it closes meanwhile', async () => {
    const nodes = new RevocationNodes();
    const node = await nodes.node(60_000);
    nodes.recreating = new Promise(() => undefined);
    nodes.server.isGone = true;
    await nodes.pass(59_000);
    expect(node.shared.isBlind).toBe(false);
    await nodes.pass(2_000);
    expect([node.shared.isBlind, node.blind.length]).toEqual([true, 1]);
    await node.shared.close();
  });

  it('make a node blind in time where a question is never answered', async () => {
    const nodes = new RevocationNodes();
    const node = await nodes.node(1_000);
    await nodes.pass(10_000);
    // Less than three seconds is what a node needs to ask.
    expect(node.blind).toEqual([]);
    node.stream.info = () => new Promise(() => undefined);
    await nodes.pass(2_000);
    expect(node.shared.isBlind).toBe(false);
    await nodes.pass(3_000);
    expect([node.shared.isBlind, node.blind.length]).toEqual([true, 1]);
  });

  it('are asked for before a node that stood still takes itself for blind', async () => {
    const nodes = new RevocationNodes();
    const node = await nodes.node(60_000);
    nodes.clock.freeze(600_000);
    await nodes.pass(2_000);
    expect([node.shared.isBlind, node.blind]).toEqual([false, []]);
    nodes.server.isAway = true;
    nodes.clock.freeze(600_000);
    await nodes.pass(2_000);
    expect(node.shared.isBlind).toBe(false);
    await nodes.pass(3_000);
    expect(node.shared.isBlind).toBe(true);
  });

  it('that a stream made again has lost are given to it again', async () => {
    const nodes = new RevocationNodes();
    const [first, second] = [await nodes.node(), await nodes.node()];
    first.shared.revoke(ALICE);
    second.shared.revoke(BOB);
    await nodes.pass(1_000);
    nodes.server.isGone = true;
    await nodes.pass(5_000);
    const third = await nodes.node();
    expect([third.own.has(ALICE), third.own.has(BOB), third.own.size]).toEqual([true, true, 2]);
    expect([first.shared.unsent, second.shared.unsent, first.ended.length]).toEqual([0, 0, 2]);
  });

  /** Two nodes that know a revocation of which the stream knows nothing any more, and the stream has another one. */
  const wentBack = async (nodes: RevocationNodes, goBack: (back: () => void) => Promise<void>) => {
    const [first, second] = [await nodes.node(), await nodes.node()];
    first.shared.revoke({ subject: 'before' });
    await nodes.pass(1_000);
    const snapshot = nodes.server.snapshot();
    first.shared.revoke(ALICE);
    await nodes.pass(1_000);
    await goBack(() => {
      nodes.server.rollBack(snapshot);
      const data = revocationMessage(BOB);
      nodes.server.publish({ subject: 'revocations', id: 'another', data });
    });
    await nodes.pass(3_000);
    expect([first.own.has(BOB), second.own.has(BOB)]).toEqual([true, true]);
    const third = await nodes.node();
    expect([third.own.has(ALICE), third.own.has(BOB)]).toEqual([true, true]);
  };

  it('of a stream that went back and on are not missed', async () => {
    const nodes = new RevocationNodes();
    await wentBack(nodes, async (back) => {
      back();
      nodes.server.contact();
    });
  });

  it('of a stream that went back beside the connection of a node are not missed', async () => {
    const nodes = new RevocationNodes();
    await wentBack(nodes, async (back) => {
      nodes.server.isAway = true;
      await nodes.pass(3_000);
      back();
      nodes.server.isAway = false;
    });
  });

  it.each([0, 1])(
    'that are read while the stream goes back to %i are compared before there is more',
    async (held) => {
      const nodes = new RevocationNodes();
      const reader = await nodes.node();
      const other = await nodes.node();
      const snapshots = [nodes.server.snapshot()];
      other.shared.revoke({ subject: 'before' });
      await nodes.pass(1_000);
      snapshots.push(nodes.server.snapshot());
      // The question is answered by the old servers, and what it leads to by those that have gone back.
      const fetch = reader.stream.fetch.bind(reader.stream);
      let wasAsked = false;
      reader.stream.fetch = async (range) => {
        if (!wasAsked) {
          wasAsked = true;
          nodes.server.rollBack(snapshots[held] as Snapshot);
          for (const what of [BOB, { subject: 'carol' }, { subject: 'dave' }])
            nodes.server.publish({ subject: 'revocations', id: what.subject, data: revocationMessage(what) });
          nodes.server.contact();
        }
        return fetch(range);
      };
      other.shared.revoke(ALICE);
      await nodes.pass(3_000);
      expect([reader.own.has(BOB), reader.own.has(ALICE)]).toEqual([true, true]);
      const third = await nodes.node();
      for (const subject of ['before', 'alice', 'bob', 'carol', 'dave'])
        expect([subject, third.own.has({ subject })]).toEqual([subject, true]);
    },
  );

  it('are read from the leader where the server that answers lags', async () => {
    const nodes = new RevocationNodes();
    const [first, second] = [await nodes.node(), await nodes.node()];
    nodes.server.fetchedUpTo = 0;
    // Else it would hear them from the other node.
    nodes.networks.isLost = () => true;
    first.shared.revoke(ALICE);
    first.shared.revoke(BOB);
    await nodes.pass(1_500);
    expect(second.ended).toEqual([ALICE, BOB]);
  });

  it('are read where the oldest have been dropped, and where something else stands among them', async () => {
    const nodes = new RevocationNodes();
    const first = await nodes.node();
    first.shared.revoke(ALICE);
    await first.shared.settled();
    nodes.server.publish({ subject: 'revocations', id: 'x', data: Buffer.from('{"all":"newer"}') });
    nodes.server.publish({ subject: 'revocations', id: 'y', data: Buffer.from('no JSON') });
    first.shared.revoke(BOB);
    await first.shared.settled();
    nodes.server.dropBelow(2);
    const second = await nodes.node();
    expect([second.own.has(ALICE), second.own.has(BOB)]).toEqual([false, true]);
  });

  it('that the stream has dropped for lack of room are given to it again, by one node', async () => {
    const nodes = new RevocationNodes();
    const [first, second] = [await nodes.node(), await nodes.node()];
    first.shared.revoke(ALICE);
    second.shared.revoke({ token: 't' });
    first.shared.revoke(BOB);
    await nodes.pass(2_000);
    nodes.server.dropBelow(3);
    await nodes.pass(3_000);
    const third = await nodes.node();
    expect([third.own.has(ALICE), third.own.has({ token: 't' }), third.own.size]).toEqual([true, true, 3]);
    // Of what it holds it is given nothing, and of the rest one each.
    expect(nodes.server.messages.map(({ sequence }) => sequence)).toEqual([3, 4, 5]);
    expect([first.events, second.events]).toEqual([['revocations-not-kept'], ['revocations-not-kept']]);
    expect([first.shared.unsent, second.shared.unsent, third.events]).toEqual([0, 0, []]);
    // All of it, a second time.
    nodes.server.dropBelow(6);
    await nodes.pass(15_000);
    expect((await nodes.node()).own.size).toBe(3);
    expect(nodes.server.messages).toHaveLength(3);
  });

  it('that the stream has dropped before a node had read them are reported, and come from the others', async () => {
    const nodes = new RevocationNodes();
    const [first, second] = [await nodes.node(), await nodes.node()];
    nodes.networks.isLost = () => true;
    first.shared.revoke(ALICE);
    await turns();
    expect(second.ended).toEqual([]);
    nodes.server.dropBelow(2);
    await nodes.pass(4_000);
    expect([second.ended, second.events]).toEqual([[ALICE], ['revocations-unheard']]);
  });

  it('of sessions are said for a minute, so that a node that was out of reach hears of them', async () => {
    const nodes = new RevocationNodes();
    const [first, second] = [await nodes.node(), await nodes.node()];
    second.network.leave();
    for (let i = 0; i < 1_200; i++) first.shared.revoke({ session: `s${i}` });
    await nodes.pass(5_000);
    expect(second.ended).toEqual([]);
    second.network.rejoin();
    await nodes.pass(4_000);
    expect(new Set(second.ended.map((what) => JSON.stringify(what))).size).toBe(1_200);
    await nodes.pass(60_000);
    const said = nodes.networks.said.length;
    await nodes.pass(5_000);
    expect([nodes.networks.said.length, second.ended.length]).toEqual([said, 1_200]);
    expect(nodes.server.info.last).toBe(0);
  });

  it('of sessions, where nobody judges tokens, end each once', async () => {
    const clock = new ManualClock();
    const own = new EndedSessions(clock);
    const ended: unknown[] = [];
    own.onRevoked((what) => ended.push(what));
    for (let i = 0; i < 3; i++) own.heard({ session: 'a' });
    own.revoke({ session: 'b' });
    own.heard({ session: 'b' });
    own.heard(ALICE);
    clock.advance(60_000);
    own.heard({ session: 'c' });
    expect(ended).toEqual([{ session: 'a' }, { session: 'b' }, { session: 'c' }]);
  });

  it('are messages of one field', () => {
    for (const what of [ALICE, { session: 's:1' }, { token: 'ä' }])
      expect(revokedIn(revocationMessage(what))).toEqual(what);
    for (const text of ['', '[]', '1', '{"subject":1}', 'null'])
      expect(revokedIn(Buffer.from(text))).toBeUndefined();
  });
});
