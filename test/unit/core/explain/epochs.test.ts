import { CLOSE } from '@zerospan/shared';
import { expect, it } from 'vitest';
import { Explainer } from '../../../../server/src/core/observing/explain/explainer.ts';
import { MemoryLog } from '../../../../server/src/logs/memory/index.ts';
import { atOnce } from '../../../support/at-once.ts';
import { type FakeClient, TestBus } from '../../../support/core.ts';

const room = { id: 1, channels: ['room'] };

/** A bus whose log changes its epoch, with what it explains of both. */
async function scene() {
  const bus = new TestBus({ tailEntries: 64 });
  let log = bus.log;
  const entries = {
    begins: 0,
    get head() {
      return log.head;
    },
    get droppedUpTo() {
      return log.droppedUpTo;
    },
    read: ((read) => log.read(read)) as MemoryLog['read'],
    offsetBefore: (ms: number) => log.offsetBefore(ms),
    droppedAt: (offset: number) => log.droppedAt(offset),
  };
  const explainer = new Explainer(bus.hub, entries, atOnce);
  return {
    bus,
    put: async (times: number) => {
      for (let i = 0; i < times; i++)
        log.append({ channels: ['room'], payload: Buffer.from('1'), republish: true });
      await bus.settle();
    },
    restart: async () => {
      log = new MemoryLog({ clock: bus.clock, bytes: 1e8, lastBytes: 0, ageMs: 0, epoch: 'epoch-2' });
      bus.late.restart(log);
      await bus.settle();
    },
    explain: (epoch: string, offset: number, client: FakeClient) =>
      explainer.explain({ epoch, offset }, client.conversation.id),
  };
}

it('a session that a change of epoch ends is remembered with what it had of the log before', async () => {
  const { bus, put, restart, explain } = await scene();
  const [client, other] = [await bus.join([room]), await bus.join([])];
  await put(3);
  expect(await explain('epoch-1', 2, client)).toMatchObject({ verdict: 'written', channel: 'room' });
  await restart();
  const records = bus.hub.journal.find(client.conversation.id)?.records ?? [];
  expect(records).toMatchObject([
    { kind: 'end', era: 1, head: 3, code: CLOSE.goingAway.code, spans: [{ after: 0, upTo: 3 }] },
  ]);
  // The log of then is gone, and with it which channel that was.
  expect(await explain('epoch-1', 2, client)).toMatchObject({
    verdict: 'unknown',
    sentence: 'The log no longer holds it, and nobody knows any more on which channel it was.',
  });
  // Whichever it was, this one was subscribed to nothing.
  expect((await explain('epoch-1', 2, other)).verdict).toBe('not-subscribed');
  expect(await explain('epoch-0', 2, client)).toMatchObject({
    verdict: 'unknown',
    sentence: 'The log has had no such epoch since the server began.',
  });
});

it('in the epoch that follows offsets are those of its log, and a gap of the one before is evidence of that one', async () => {
  const { bus, put, restart, explain } = await scene();
  const client = await bus.join([room]);
  await put(3);
  await restart();
  await put(2);
  expect((await explain('epoch-2', 1, client)).verdict).toBe('away');
  const back = await bus.join([{ ...room, after: 1 }], { client: client.id, epoch: 'epoch-1' });
  expect((await explain('epoch-2', 1, back)).verdict).toBe('written');
  const { verdict, evidence } = await explain('epoch-1', 2, back);
  expect(verdict).toBe('unknown');
  expect(evidence.map(({ text }) => text)).toContain(
    'To subscription 1 of session session-2 a gap from offset 2 to the end of its epoch was reported (restart).',
  );
});
