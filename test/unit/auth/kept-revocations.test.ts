import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { KeptRevocations } from '../../../server/src/auth/revocations/kept.ts';
import { REMEMBERED_MS, RevokedAccess } from '../../../server/src/auth/revocations/revoked.ts';
import { SettingsError } from '../../../server/src/settings/read.ts';
import { ManualClock } from '../../support/manual-clock.ts';

let folder: string;
let file: string;
const reported: unknown[] = [];
const log = { report: (event: string, about: object) => void reported.push([event, about]) };

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'revocations-'));
  file = join(folder, 'revocations.json');
  reported.length = 0;
  onTestFinished(() => rmSync(folder, { recursive: true }));
});

/** A server's revocations, after a start. */
async function started(clock = new ManualClock()) {
  const revoked = new RevokedAccess(clock);
  const kept = await KeptRevocations.open(file, revoked, log);
  return { clock, revoked, kept };
}

describe('kept revocations', () => {
  it('of subjects and tokens are known after a restart, without a word to anybody; those of sessions are not', async () => {
    const { revoked, kept } = await started();
    revoked.revoke({ subject: 'alice' });
    revoked.revoke({ token: 't1' });
    revoked.revoke({ session: 's1' });
    await kept.settled();
    const { revoked: next } = await started();
    const all = [{ subject: 'alice' }, { token: 't1' }, { session: 's1' }, { subject: 'bob' }];
    expect(all.map((what) => next.has(what))).toEqual([true, true, false, false]);
    expect(next.size).toBe(2);
  });

  it('are in a file that its owner alone may read, and nothing else is left', async () => {
    const { revoked, kept } = await started();
    revoked.revoke({ subject: 'alice' });
    await kept.settled();
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(['revocations.json']);
  });

  it('are all in the file once those settle who revoked at the same time', async () => {
    const { revoked, kept } = await started();
    const settled: Promise<void>[] = [];
    for (let i = 0; i < 1_200; i++) {
      revoked.revoke({ token: `t${i}` });
      if (i % 100 === 0) settled.push(kept.settled());
    }
    await Promise.all([...settled, kept.settled()]);
    const { revocations } = JSON.parse(readFileSync(file, 'utf8')) as { revocations: { name: string }[] };
    expect(revocations.map(({ name }) => name)).toEqual(
      Array.from({ length: 1_200 }, (_, i) => `token:t${i}`),
    );
  });

  it('that come while a file is written are in the next one', async () => {
    const { revoked, kept } = await started();
    revoked.revoke({ subject: 'first' });
    const first = kept.settled();
    await Promise.resolve();
    revoked.revoke({ subject: 'second' });
    await Promise.all([first, kept.settled()]);
    expect(readFileSync(file, 'utf8')).toContain('subject:second');
  });

  it('are forgotten when no token can be left, counted over restarts by either clock', async () => {
    const { clock, revoked, kept } = await started();
    revoked.revoke({ subject: 'alice' });
    clock.advance(REMEMBERED_MS - 2_000);
    await kept.close();
    // The next machine says that it is another year, and has run for nothing of it.
    const later = await started(new ManualClock(clock.now() + 1e12));
    expect(later.revoked.has({ subject: 'alice' })).toBe(true);
    later.clock.advance(1_999);
    expect(later.revoked.has({ subject: 'alice' })).toBe(true);
    later.clock.advance(1);
    expect(later.revoked.has({ subject: 'alice' })).toBe(false);
    // Nor is one whose clock was set back the first to forget.
    const earlier = await started(new ManualClock(clock.now() - 1e9));
    earlier.clock.advance(1e9);
    expect(earlier.revoked.has({ subject: 'alice' })).toBe(true);
  });

  it.each([
    ['nothing', ''],
    ['no JSON', 'subject:alice'],
    ['of a session', '{"version":1,"revocations":[{"name":"session:x","untilMs":1,"runMs":1}]}'],
    ['of another version', '{"version":2,"revocations":[]}'],
    ['for ever', '{"version":1,"revocations":[{"name":"subject:x","untilMs":1,"runMs":1e300}]}'],
  ])(
    'are refused where the file holds %s: access that was ended must not be given again',
    async (_, text) => {
      writeFileSync(file, text);
      await expect(started()).rejects.toThrow(SettingsError);
      await expect(started()).rejects.toThrow(/revocations\.json cannot be read: .*\n {2}Restore the file/s);
      expect(readFileSync(file, 'utf8')).toBe(text);
    },
  );

  it('that cannot be written are reported, and asked again they are', async () => {
    const { revoked, kept } = await started();
    mkdirSync(`${file}.new`);
    revoked.revoke({ subject: 'alice' });
    await expect(kept.settled()).rejects.toThrow(/EISDIR/);
    expect(reported).toEqual([
      ['revocations-not-kept', { file, reason: expect.stringContaining('EISDIR') as string }],
    ]);
    expect(revoked.has({ subject: 'alice' })).toBe(true);
    rmSync(`${file}.new`, { recursive: true });
    await kept.settled();
    expect(readFileSync(file, 'utf8')).toContain('subject:alice');
  });
});
