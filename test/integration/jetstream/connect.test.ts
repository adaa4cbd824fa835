import { type Clock, systemClock } from '@zerospan/shared';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectStream, type StreamOpening } from '../../../server/src/logs/jetstream/nats/connect.ts';
import { findNatsServer, NatsServer } from '../../support/jetstream/nats-server.ts';
import { available } from '../../support/required.ts';

const path = findNatsServer();

/** A start waits for leaders: where there are none, not here. */
const hurried: Clock = {
  now: () => systemClock.now(),
  elapsed: () => systemClock.elapsed(),
  later: (_, action) => systemClock.later(0, action),
};

describe.runIf(available('nats-server', path))('connecting to the stream of a log', () => {
  let server: NatsServer;
  const others: NatsServer[] = [];
  let count = 0;

  beforeAll(async () => {
    server = await NatsServer.start(path as string);
  });
  afterAll(async () => {
    for (const each of [server, ...others]) await each.stop();
  });

  const opening = (more: Partial<StreamOpening['stream'] & StreamOpening['nats']> = {}): StreamOpening => {
    const { name = `log${++count}`, servers = [server.address], credentials, tls } = more;
    const { bytes = 1_000_000, ageMs = 3_600_000 } = more;
    return {
      nats: { servers, credentials, tls },
      stream: { name, subjects: `${name}.>`, replicas: 1, bytes, ageMs, ...more },
      clock: systemClock,
      putBytesMost: 300_000,
      onChange: () => undefined,
    };
  };

  it('creates it where it is not, and finds it the next time', async () => {
    const first = opening();
    const stream = await connectStream(first);
    const { created } = await stream.info();
    const again = await connectStream({
      ...first,
      onChange: () => {
        throw new Error('nothing was to be changed');
      },
    });
    expect((await again.info()).created).toBe(created);
    expect(stream.dataBytesMost).toBe(1024 * 1024 - 4_096);
    await stream.close();
    await again.close();
  });

  it('changes its limits as the settings say, and reports that', async () => {
    const first = opening();
    await (await connectStream(first)).close();
    const changes: string[] = [];
    const bounds = { ...first.stream, bytes: 2_000_000 };
    const onChange = (text: string): void => void changes.push(text);
    await (await connectStream({ ...first, stream: bounds, onChange })).close();
    expect(changes).toEqual([expect.stringContaining('max_bytes from 1000000 to 2000000')]);
  });

  it('refuses another stream of that name', async () => {
    const first = opening();
    await (await connectStream(first)).close();
    const other = { ...first, stream: { ...first.stream, subjects: 'elsewhere.>' } };
    await expect(connectStream(other)).rejects.toMatchObject({
      kind: 'stream',
      detail: expect.stringContaining(first.stream.subjects),
    });
  });

  it('says that nobody is there', async () => {
    await expect(connectStream(opening({ servers: ['nats://127.0.0.1:1'] }))).rejects.toMatchObject({
      kind: 'unreachable',
    });
  });

  it('says that the user is rejected, and that there are no credentials', async () => {
    const guarded = await NatsServer.start(path as string, ['--user', 'somebody', '--pass', 'secret']);
    others.push(guarded);
    await expect(connectStream(opening({ servers: [guarded.address] }))).rejects.toMatchObject({
      kind: 'rejected',
    });
    await expect(connectStream(opening({ credentials: Buffer.from('no such') }))).rejects.toMatchObject({
      kind: 'credentials',
    });
  });

  it('says that there is no JetStream', async () => {
    const plain = await NatsServer.start(path as string, []);
    others.push(plain);
    const first = { ...opening({ servers: [plain.address] }), clock: hurried };
    await expect(connectStream(first)).rejects.toMatchObject({ kind: 'no-jetstream' });
  });

  it('says that its messages are smaller than a put', async () => {
    await expect(connectStream({ ...opening(), putBytesMost: 2_000_000 })).rejects.toMatchObject({
      kind: 'too-small',
      detail: '1048576',
    });
  });
});
