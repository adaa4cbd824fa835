import { describe, expect, it } from 'vitest';
import { type Reading, SharedSource } from '../../../../server/src/zeromq/ingress/shared-source.ts';
import type { Claim, SourceClaims } from '../../../../server/src/zeromq/ingress/source-leases.ts';
import { FakeLeaseServer } from '../../../support/cluster/fake-leases.ts';
import { ManualClock } from '../../../support/manual-clock.ts';
import { Lines } from '../../../support/zeromq.ts';

const ADDRESS = 'tcp://10.0.0.7:5555';

/** Claims that are answered by hand. */
class HandClaims implements SourceClaims {
  readonly asked: { resolve: (claim: Claim) => void; reject: (error: Error) => void }[] = [];

  claim(): Promise<Claim> {
    return new Promise((resolve, reject) => void this.asked.push({ resolve, reject }));
  }

  answer(fence: number, carried: Claim['carried'] = []): void {
    this.asked.shift()?.resolve({ fence, carried });
  }
}

function scene() {
  const server = new FakeLeaseServer();
  const leases = server.node();
  const other = server.node();
  const claims = new HandClaims();
  const clock = new ManualClock();
  const log = new Lines();
  const said: (number | 'end')[] = [];
  let reading: Reading | undefined;
  const source = new SharedSource(
    ADDRESS,
    { leases, claims, nameOf: (address) => address },
    {
      begin: (each) => {
        reading = each;
        said.push(each.fence);
      },
      end: () => void said.push('end'),
    },
    { logger: log, clock },
  );
  const turns = async (): Promise<void> => {
    for (let i = 0; i < 6; i++) await new Promise((resolve) => setImmediate(resolve));
  };
  const ignored = { taken: () => undefined, lost: () => undefined };
  return {
    source,
    claims,
    clock,
    log,
    said,
    turns,
    reading: () => reading,
    expire: () => server.expire(leases),
    /** Another node waits for it. */
    rival: () => other.hold(ADDRESS, ignored),
  };
}

describe('a source that several nodes could read', () => {
  it('is read once it is claimed, and not any more when its lease has run out', async () => {
    const { source, claims, said, log, turns, reading, expire } = scene();
    expect(source.isRead).toBe(false);
    await turns();
    expect([claims.asked.length, said]).toEqual([1, []]);
    claims.answer(7, ['a']);
    await turns();
    expect([said, source.isRead, source.lost]).toEqual([[7], true, 0]);
    expect(reading()).toMatchObject({ fence: 7, carried: ['a'], isMine: true });
    expire();
    // Before anything is called.
    expect([reading()?.isMine, source.isRead, said]).toEqual([false, false, [7]]);
    await turns();
    expect([said, source.lost]).toEqual([[7, 'end'], 1]);
    expect(log.lines.map(({ level, about, text }) => [level, about.address, text])).toEqual([
      ['info', ADDRESS, 'this node reads a source of the bus'],
      ['warn', ADDRESS, 'this node does not read a source any more'],
    ]);
  });

  it('is not read under a claim that came when the lease had run out', async () => {
    const { source, claims, said, turns, expire } = scene();
    await turns();
    expire();
    await turns();
    claims.answer(7);
    await turns();
    expect([said, source.isRead, source.lost, claims.asked.length]).toEqual([[], false, 0, 0]);
  });

  it('is claimed again where the log does not answer, a second later', async () => {
    const { claims, clock, said, log, turns } = scene();
    await turns();
    claims.asked.shift()?.reject(new Error('no answer'));
    await turns();
    expect([claims.asked.length, said]).toEqual([0, []]);
    expect(log.lines).toMatchObject([{ level: 'warn', text: 'a source cannot be claimed; it is tried on' }]);
    clock.advance(1_000);
    await turns();
    claims.answer(8);
    await turns();
    expect(said).toEqual([8]);
  });

  it('is given up where the log has another claim, and read again under a new one', async () => {
    const { source, claims, said, turns } = scene();
    await turns();
    claims.answer(7);
    await turns();
    source.superseded(6);
    expect(said).toEqual([7]);
    source.superseded(7);
    source.superseded(7);
    await turns();
    expect([said, claims.asked.length, source.lost]).toEqual([[7, 'end'], 1, 1]);
    claims.answer(9);
    await turns();
    expect([said, source.isRead]).toEqual([[7, 'end', 9], true]);
  });

  it('goes to the node that waits for it where the log has another claim', async () => {
    const { source, claims, said, turns, rival } = scene();
    const waiting = rival();
    await turns();
    claims.answer(7);
    await turns();
    source.superseded(7);
    await turns();
    expect([waiting.isMine, said, claims.asked.length]).toEqual([true, [7, 'end'], 0]);
  });

  it('is claimed again at once in another epoch, without anybody else', async () => {
    const { source, claims, said, turns, rival } = scene();
    source.claimAgain();
    await turns();
    claims.answer(7);
    await turns();
    const waiting = rival();
    source.claimAgain();
    await turns();
    claims.answer(8);
    await turns();
    expect([said, waiting.isMine, source.lost]).toEqual([[7, 'end', 8], false, 0]);
  });

  it('is not read under a claim that was made in the epoch before', async () => {
    const { source, claims, said, turns } = scene();
    await turns();
    source.claimAgain();
    claims.answer(7);
    await turns();
    expect([said, claims.asked.length]).toEqual([[], 1]);
    claims.answer(8);
    await turns();
    expect([said, source.isRead]).toEqual([[8], true]);
  });

  it('is left to others when it is closed, also while it is being claimed', async () => {
    const { source, claims, said, turns, rival } = scene();
    const waiting = rival();
    await turns();
    await source.close();
    claims.answer(7);
    await turns();
    expect([said, source.isRead, waiting.isMine]).toEqual([[], false, true]);
    source.superseded(7);
    source.claimAgain();
    await source.close();
    expect(said).toEqual([]);
  });
});
