import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { curveKeyPair, Subscriber } from 'zeromq';
import { serverLog } from '../../cli/src/commands/serve.ts';
import type { Terminal } from '../../cli/src/terminal/terminal.ts';
import { sign } from '../../server/src/auth/tokens/sign.ts';
import { fileWith, makeKey, testFolder } from '../support/keys.ts';
import { testServer } from '../support/server.ts';
import { SECRET, secret } from '../support/tokens.ts';
import { until } from '../support/until.ts';

/** The log of a server, as its operator reads it: without secrets. */
function operatorsLog() {
  const env = { ZEROSPAN_AUTH_SECRET: SECRET };
  const stderr = Object.assign(new PassThrough(), { isTTY: false });
  let written = '';
  stderr.setEncoding('utf8').on('data', (text: string) => (written += text));
  const lines = () =>
    written
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  const line = (about: Record<string, unknown>) =>
    lines().find((each) => Object.entries(about).every(([name, value]) => each[name] === value));
  return { ...serverLog({ stderr, env } as unknown as Terminal), secrets: { env }, lines, line };
}

describe('what an operator goes by is not hidden', () => {
  it('the public key of a ZeroMQ client that was rejected', async () => {
    const folder = testFolder();
    const own = await makeKey(folder, 'key');
    const log = operatorsLog();
    const bus = { curveKey: own.file, curveClients: fileWith(folder, 'clients', '') };
    const server = await testServer({ bus }, log);
    const stranger = curveKeyPair();
    const socket = new Subscriber({
      curveServerKey: own.publicKey,
      curvePublicKey: stranger.publicKey,
      curveSecretKey: stranger.secretKey,
    });
    socket.connect(server.busAddress);
    await until('its refusal', () => log.line({ event: 'curve-refused' }));
    socket.close();
    expect(log.line({ event: 'curve-refused' })).toMatchObject({ publicKey: stranger.publicKey });
  });

  it('the id of a token that was revoked', async () => {
    const log = operatorsLog();
    const server = await testServer({}, log);
    const admin = await sign(secret(SECRET), {
      subject: 'ops',
      issuer: 'zerospan',
      audience: 'zerospan',
      nowMs: Date.now(),
      lifeMs: 60_000,
      grants: { admin: true },
    });
    for (const what of [{ token: 'the-id' }, { subject: 'alice' }])
      await fetch(`${server.url}admin/revocations`, {
        method: 'POST',
        headers: { authorization: `Bearer ${admin}`, 'content-type': 'application/json' },
        body: JSON.stringify(what),
      });
    await until('both lines', () => log.lines().filter(({ event }) => event === 'revoked').length === 2);
    expect(log.line({ event: 'revoked', jti: 'the-id' })).toBeDefined();
    expect(log.line({ event: 'revoked', subject: 'alice' })).toBeDefined();
  });
});
