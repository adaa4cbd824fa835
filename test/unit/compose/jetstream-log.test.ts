import { describe, expect, it } from 'vitest';
import type { LogBounds } from '../../../server/src/compose/bus-log.ts';
import { openJetStreamLog } from '../../../server/src/compose/jetstream-log.ts';
import { ForeignStream } from '../../../server/src/logs/jetstream/epoch/claim.ts';
import { JetStreamStore } from '../../../server/src/logs/jetstream/jetstream-store.ts';
import {
  type StartFaultKind,
  StreamStartFault,
} from '../../../server/src/logs/jetstream/nats/start-fault.ts';
import { StreamFault } from '../../../server/src/logs/jetstream/stream.ts';
import { StartError } from '../../../server/src/zeromq/sockets/start-error.ts';
import { FakeServer } from '../../support/jetstream/fake-server.ts';
import { FakeStream } from '../../support/jetstream/fake-stream.ts';
import { smallStream } from '../../support/jetstream/small-stream.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const BOUNDS: LogBounds = {
  clock: new ManualClock(),
  directory: '',
  sync: 'group',
  bytes: 1e6,
  hotBytes: 1e5,
  ageMs: 0,
  lastBytes: 0,
  channels: 0,
  puts: { weight: 1, ageMs: 1 },
  isNewEpoch: false,
  nats: {
    servers: ['nats://a:4222', 'nats://b:4222'],
    credentials: '',
    tlsCa: '',
    tlsCert: '',
    tlsKey: '',
    stream: 'bus',
    replicas: 1,
  },
  putBytesMost: 1_000,
  onFailure: () => undefined,
  onNotice: () => undefined,
  onFatal: () => undefined,
};

async function refusalOf(thrown: Error): Promise<StartError> {
  const error: unknown = await openJetStreamLog(BOUNDS, () => Promise.reject(thrown)).catch(
    (each: unknown) => each,
  );
  expect(error).toBeInstanceOf(StartError);
  return error as StartError;
}

describe('a log on JetStream that cannot be opened', () => {
  it.each<[StartFaultKind, string, RegExp, RegExp]>([
    [
      'unreachable',
      'connection refused',
      /^nats\.servers nats:\/\/a:4222, nats:\/\/b:4222: no NATS server/,
      /-js/,
    ],
    ['rejected', 'Authorization Violation', /^nats\.servers .*rejects/, /nats\.credentials/],
    ['credentials', 'no user', /^nats\.credentials .*no credentials: no user/, /nsc/],
    ['tls', 'self-signed', /^nats\.servers .*TLS.*self-signed/, /nats\.tlsCa/],
    ['too-old', '2.8.4', /nats-server 2\.8\.4, and the log requires 2\.9/, /newer/],
    ['no-jetstream', 'no leader', /no JetStream, or no leader of it: no leader/, /-js/],
    ['too-small', '65536', /at most 65536 bytes \(max_payload\)/, /max_payload.*limits\.payloadBytes/],
    ['stream', 'it has the subjects x.>', /^nats\.stream bus: .*the subjects x\.>/, /another name/],
  ])('says of %s what it is, and what to do', async (kind, detail, words, todo) => {
    const { message, remedy, exitCode } = await refusalOf(new StreamStartFault(kind, detail));
    expect(message).toMatch(words);
    expect(remedy).toMatch(todo);
    expect(remedy).toMatch(/--log disk.*--log memory/);
    expect(exitCode).toBe(kind === 'credentials' ? 2 : 1);
  });

  it('says of a stream that holds something else, or is of a newer version, that it was left as it is', async () => {
    const foreign = await refusalOf(new ForeignStream('foreign', 'its message 3 is no record of an epoch'));
    expect(foreign.message).toMatch(
      /^nats\.stream bus: .*something else than a log.*message 3.*left as it is/,
    );
    const newer = await refusalOf(new ForeignStream('newer', 'its format is 2'));
    expect(newer.message).toMatch(/newer version of Zerospan.*format is 2.*left as it is/);
    expect(newer.remedy).toMatch(/Start that version/);
  });

  it('says that the servers do not answer', async () => {
    expect((await refusalOf(new StreamFault('away', 'timeout'))).message).toMatch(/no leader of it: timeout/);
  });

  it('shows a fault of its own as one', async () => {
    const fault = new TypeError('x is not a function');
    await expect(openJetStreamLog(BOUNDS, () => Promise.reject(fault))).rejects.toBe(fault);
  });

  it('closes what it has opened and cannot read', async () => {
    const clock = new ManualClock();
    const stream = new FakeStream(new FakeServer(clock));
    let closed = 0;
    const store = new JetStreamStore(smallStream(stream, clock, { lasts: 0 }));
    const close = store.close.bind(store);
    store.close = () => {
      closed++;
      return close();
    };
    store.open = () => Promise.reject(new StreamFault('away', 'timeout'));
    await expect(openJetStreamLog(BOUNDS, async () => store)).rejects.toBeInstanceOf(StartError);
    expect(closed).toBe(1);
  });
});
