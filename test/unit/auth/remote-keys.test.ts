import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Key, pinned } from '../../../server/src/auth/keys/key.ts';
import { KeyRing } from '../../../server/src/auth/keys/key-ring.ts';
import { RemoteKeys, UNKNOWN_KEY_MS } from '../../../server/src/auth/keys/remote-keys.ts';
import { RevokedAccess } from '../../../server/src/auth/revocations/revoked.ts';
import { TokenGate } from '../../../server/src/auth/token-gate.ts';
import { TokenRefusal } from '../../../server/src/auth/tokens/refusal.ts';
import { sign } from '../../../server/src/auth/tokens/sign.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { PAIRS, publicKey, SECRET, secret, TestLog, VISITOR } from '../../support/tokens.ts';
import { until } from '../../support/until.ts';

const jwk = (kid: string, name: keyof typeof PAIRS = 'ES256') => ({
  ...PAIRS[name].publicKey.export({ format: 'jwk' }),
  kid,
});
const setOf = (...kids: string[]) => JSON.stringify({ keys: kids.map((kid) => jwk(kid)) });
const names = (keys: readonly Key[]) => keys.map(({ kid }) => kid);

/** An issuer that answers as a test tells it to, and counts how often it was asked. */
async function issuer(own: readonly Key[] = []) {
  const state = { asked: 0, answer: (response: ServerResponse): unknown => response.end(setOf('one')) };
  const server = createServer((request, response) => {
    state.asked++;
    if (request.url === '/elsewhere') return response.end(setOf('x'));
    return state.answer(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const clock = new ManualClock();
  const log = new TestLog();
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`;
  const remote = new RemoteKeys({ url, clock, log });
  onTestFinished(() => {
    remote.close();
    server.closeAllConnections();
    server.close();
  });
  return { state, clock, log, remote, ring: new KeyRing({ own, remote }) };
}

/** The same, with a gate that judges tokens by its keys. */
async function judging(own: readonly Key[] = []) {
  const asked = await issuer(own);
  const { clock, ring } = asked;
  const gate = new TokenGate({
    judge: {
      keys: ring,
      issuer: 'i',
      audience: 'a',
      skewMs: 0,
      now: () => clock.now(),
      elapsed: () => clock.elapsed(),
    },
    revocations: new RevokedAccess(clock),
  });
  /** Who is let in, or why not. */
  const why = (token: string) =>
    gate.admit(token, VISITOR).then(
      ({ subject }) => subject,
      (error: unknown) => (error instanceof TokenRefusal ? error.why : String(error)),
    );
  const signed = (name: keyof typeof PAIRS, kid?: string) =>
    sign(pinned(PAIRS[name].privateKey, kid), {
      subject: 'alice',
      issuer: 'i',
      audience: 'a',
      nowMs: clock.now(),
      lifeMs: 3_600_000,
      grants: {},
    });
  return { ...asked, gate, why, signed };
}

describe('the keys of an issuer', () => {
  it('are fetched once, and then found by name without asking', async () => {
    const { state, remote, ring } = await issuer();
    await remote.refresh();
    for (let i = 0; i < 5; i++) expect(names(await ring.candidates('ES256', 'one'))).toEqual(['one']);
    expect(await ring.candidates('RS256', 'one')).toEqual([]);
    expect(names(await ring.candidates('ES256', undefined))).toEqual(['one']);
    expect(state.asked).toBe(1);
  });

  it('are fetched again for a name that is not known, but not more often than twice a minute', async () => {
    const { state, clock, remote, ring } = await issuer();
    await remote.refresh();
    state.answer = (response) => response.end(setOf('one', 'two'));
    expect(await ring.candidates('ES256', 'two')).toEqual([]);
    expect(state.asked).toBe(1);
    clock.advance(UNKNOWN_KEY_MS);
    const asking = ['two', 'x', 'y', 'z'].map((kid) => ring.candidates('ES256', kid));
    expect((await Promise.all(asking)).map(names)).toEqual([['two'], [], [], []]);
    expect(state.asked).toBe(2);
    for (let i = 0; i < 100; i++) await ring.candidates('ES256', `made-up-${i}`);
    expect(state.asked).toBe(2);
  });

  it('are fetched again after ten minutes, so that a key which was withdrawn ends', async () => {
    const { state, clock, remote, ring } = await issuer();
    await remote.refresh();
    state.answer = (response) => response.end(setOf('two'));
    clock.advance(600_000);
    await until('the new set', () => names(remote.keys)[0] === 'two');
    expect(await ring.candidates('ES256', 'one')).toEqual([]);
  });

  it('are logged when they have changed, and not when the same ones come again', async () => {
    const { state, clock, log, remote } = await issuer();
    const ask = async (answer = setOf('one')): Promise<void> => {
      state.answer = (response) => response.end(answer);
      clock.advance(UNKNOWN_KEY_MS);
      await remote.refetch();
    };
    await ask();
    await ask();
    expect(log.lines).toEqual([]);
    await ask(setOf('one', 'two'));
    expect(log.lines).toEqual([JSON.stringify({ event: 'keys-reloaded', setting: 'auth.jwksUrl', keys: 2 })]);
    expect(state.asked).toBe(3);
  });

  it('stay beside keys of its own, which have no names', async () => {
    const { remote, ring } = await issuer([secret(SECRET)]);
    await remote.refresh();
    expect(await ring.candidates('HS256', 'whatever')).toHaveLength(1);
    expect(ring.size).toBe(2);
  });

  it.each<[string, (response: ServerResponse) => unknown]>([
    ['an error', (response) => response.writeHead(500).end(setOf('x'))],
    ['a redirect', (response) => response.writeHead(302, { location: '/elsewhere' }).end()],
    ['no JSON', (response) => response.end('{"canary')],
    ['no set', (response) => response.end('{"canary":1}')],
    ['a secret', (response) => response.end(`{"keys":[{"kty":"oct","k":"${'canary'.repeat(10)}"}]}`)],
    ['an endless text', (response) => response.end(' '.repeat(300_000) + setOf('x'))],
    ['nothing, and hangs up', (response) => response.destroy()],
  ])('are kept when it answers with %s; the log says so, and nothing of the answer', async (_, answer) => {
    const { state, clock, log, remote } = await issuer();
    await remote.refresh();
    state.answer = answer;
    clock.advance(UNKNOWN_KEY_MS);
    await remote.refetch();
    expect(state.asked).toBe(2);
    expect(names(remote.keys)).toEqual(['one']);
    expect(log.lines).toHaveLength(1);
    expect(log.lines[0]).toContain('keys-not-reloaded');
    expect(log.lines[0]).not.toContain('canary');
  });

  it('are none where it was never reached, until it is', async () => {
    const { state, clock, remote, ring } = await issuer();
    state.answer = (response) => response.destroy();
    await remote.refresh();
    expect(await ring.candidates('ES256', undefined)).toEqual([]);
    state.answer = (response) => response.end(setOf('one'));
    clock.advance(UNKNOWN_KEY_MS);
    expect(names(await ring.candidates('ES256', undefined))).toEqual(['one']);
  });

  it('that cannot be fetched refuse nobody whose key may be one of them: the gate has failed, and the client comes back', async () => {
    const { state, clock, remote, gate, why, signed } = await judging([publicKey(PAIRS.other)]);
    const away = 'Error: a token cannot be judged: the keys of its issuer could not be fetched';
    state.answer = (response) => response.destroy();
    await remote.refresh();
    // Without a key of the family, with one that does not fit, and with a key of this server's own.
    expect(await why(await signed('EdDSA', 'one'))).toBe(away);
    expect(await why(await signed('ES256', 'one'))).toBe(away);
    expect(await why(await signed('ES256'))).toBe(away);
    expect(await why(await signed('other'))).toBe('alice');
    expect(await why('x')).toBe('malformed');
    expect([...gate.refusals]).toEqual([['malformed', 1]]);
    // Reached again: now it can be judged, and is.
    state.answer = (response) => response.end(setOf('one'));
    clock.advance(UNKNOWN_KEY_MS);
    expect(await why(await signed('ES256', 'one'))).toBe('alice');
    expect(await why(await signed('EdDSA', 'two'))).toBe('unknown-key');
    expect(await why(await signed('RS256', 'one'))).toBe('unknown-key');
    expect(await why(await signed('EdDSA'))).toBe('unknown-key');
    // Away again, a key that is known by its name is judged all the same.
    state.answer = (response) => response.destroy();
    clock.advance(UNKNOWN_KEY_MS);
    await remote.refetch();
    expect(await why(await signed('ES256', 'one'))).toBe('alice');
    expect(await why(await signed('other', 'one'))).toBe('signature');
    expect(await why(await signed('ES256', 'two'))).toBe(away);
  });

  it('one of which was made a moment ago lets its client in when it comes again: it is not refused for good (W2)', async () => {
    const { state, clock, remote, gate, why, signed } = await judging();
    await remote.refresh();
    state.answer = (response) => response.end(setOf('one', 'two'));
    clock.advance(1_000);
    const token = await signed('ES256', 'two');
    expect(await why(token)).toBe('key-not-yet');
    await expect(gate.admit(token, VISITOR)).rejects.toMatchObject({ code: 'key-not-known', retry: true });
    // A stranger's names bring the next question no closer.
    for (let i = 0; i < 50; i++) expect(await why(await signed('ES256', `made-up-${i}`))).toBe('key-not-yet');
    clock.advance(UNKNOWN_KEY_MS - 1_001);
    expect(await why(token)).toBe('key-not-yet');
    expect(state.asked).toBe(1);
    clock.advance(1);
    expect(await why(token)).toBe('alice');
    expect(state.asked).toBe(2);
  });

  it('judge for good the client that had the issuer asked, and a token of a known key', async () => {
    const { state, clock, remote, why, signed } = await judging();
    await remote.refresh();
    clock.advance(1_000);
    expect(await why(await signed('other', 'one'))).toBe('signature');
    expect(await why(await signed('EdDSA', 'one'))).toBe('unknown-key');
    expect(await why(await signed('other'))).toBe('signature');
    clock.advance(UNKNOWN_KEY_MS);
    // The answer takes its time, and came after the question.
    state.answer = (response) => {
      clock.advance(500);
      response.end(setOf('one'));
    };
    expect(await why(await signed('ES256', 'two'))).toBe('unknown-key');
    expect(state.asked).toBe(2);
  });

  it('are not asked for any more once it is closed, not even while it does not answer', async () => {
    const { state, clock, log, remote } = await issuer();
    state.answer = () => undefined;
    const hanging = remote.refresh();
    await until('the question', () => state.asked === 1);
    remote.close();
    await hanging;
    await remote.refresh();
    expect([clock.pending, state.asked, log.lines]).toEqual([0, 1, []]);
  });
});
