import { readdirSync, readFileSync } from 'node:fs';
import { systemClock } from '@zerospan/shared';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

describe("the system's clock", () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it('runs an action once, after its delay', () => {
    const action = vi.fn();
    systemClock.later(50, action);
    vi.advanceTimersByTime(49);
    expect(action).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1_000);
    expect(action).toHaveBeenCalledOnce();
  });

  it('calls an action off', () => {
    const action = vi.fn();
    systemClock.later(50, action)();
    vi.advanceTimersByTime(1_000);
    expect(action).not.toHaveBeenCalled();
  });

  it('does not fire at once when the delay is longer than a timer takes', () => {
    const action = vi.fn();
    systemClock.later(Number.MAX_SAFE_INTEGER, action);
    vi.advanceTimersByTime(60_000);
    expect(action).not.toHaveBeenCalled();
    vi.clearAllTimers();
  });

  it('gives the time', () => {
    vi.setSystemTime(1_795_458_000_123);
    expect(systemClock.now()).toBe(1_795_458_000_123);
  });

  it('measures what passes, whatever the time is set to', () => {
    const beganMs = systemClock.elapsed();
    vi.setSystemTime(1_000);
    expect(systemClock.elapsed() - beganMs).toBe(0);
    vi.advanceTimersByTime(1_500);
    expect(systemClock.elapsed() - beganMs).toBe(1_500);
  });
});

/** Each says when, in ms since 1970, or asks both clocks. Whatever says how long asks `elapsed`. */
const READS_THE_TIME = [
  'cli/src/commands/log/info.ts',
  // Ages of what the server says in ms since 1970.
  'cli/src/commands/observing/channels.ts',
  'cli/src/commands/observing/session-text.ts',
  'cli/src/commands/observing/sessions.ts',
  'cli/src/commands/serve.ts',
  'cli/src/commands/token.ts',
  'client/src/since.ts',
  'server/src/auth/index.ts',
  'server/src/auth/revocations/remembered.ts',
  'server/src/auth/token-gate.ts',
  'server/src/auth/tokens/verify.ts',
  'server/src/compose/guarded-bus.ts',
  // Of two sessions of one client on two nodes the later one stays, also where the nodes have not heard each other.
  'server/src/core/cluster/roster/roster.ts',
  'server/src/core/conversation/credentials.ts',
  'server/src/core/conversation/expiry.ts',
  'server/src/core/conversation/welcome.ts',
  // When something happened, as operators are shown it: by the time of the log, which never runs backwards.
  'server/src/core/journal/journal.ts',
  'server/src/core/log/puts/own-appends.ts',
  'server/src/core/log/stored-log.ts',
  'server/src/core/observing/overview.ts',
  'server/src/core/observing/session-detail.ts',
  'server/src/core/session/session-writer.ts',
  'server/src/core/session/subscription-list.ts',
  'server/src/core/session/window.ts',
  'server/src/core/subscribing/session-opening.ts',
  'server/src/core/subscribing/subscriber.ts',
  // Times that a log on disk keeps, and which start of the machine wrote them.
  'server/src/logs/disk/identity/boot.ts',
  'server/src/logs/disk/open-log.ts',
  'server/src/logs/disk/opening/opening.ts',
  'server/src/logs/disk/retention/ages.ts',
  'server/src/logs/disk/writing/rolling.ts',
  'server/src/logs/disk/writing/writer.ts',
  'server/src/logs/jetstream/epoch/refreshing.ts',
  'server/src/logs/jetstream/following/watch.ts',
  'server/src/logs/jetstream/open-log.ts',
  'server/src/logs/jetstream/publishing/publisher.ts',
  'server/src/logs/memory/index.ts',
  'server/src/stderr-log.ts',
  'server/src/web/http/api/api.ts',
  'server/src/web/http/api/putting/put.ts',
  'server/src/web/http/api/tenure.ts',
  // The time of a file.
  'server/src/zeromq/curve/listed-keys.ts',
  'shared/src/timing/clock.ts',
];

it('the time of day, which may be set, is read by those alone that need it', () => {
  const root = new URL('../../../', import.meta.url);
  const reads = ['cli/src', 'client/src', 'server/src', 'shared/src'].flatMap((folder) =>
    readdirSync(new URL(folder, root), { recursive: true, encoding: 'utf8' })
      .map((file) => `${folder}/${file}`)
      .filter((file) => file.endsWith('.ts') && !file.includes('/bench') && !file.includes('/load/'))
      .filter((file) => /(?<!performance)\.now\(\)/.test(readFileSync(new URL(file, root), 'utf8'))),
  );
  expect(reads.sort()).toEqual(READS_THE_TIME);
});
