import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fastify from 'fastify';
import { describe, expect, it } from 'vitest';
import { hasOpenssl, selfMade, testFolder } from '../../support/certificate.ts';
import { available } from '../../support/required.ts';
import { type TestSettings, testServer } from '../../support/server.ts';
import { until } from '../../support/until.ts';

/**
 * A server whose files may be read again, the lines of its log from `warn` on, as `serve` writes them, and how often
 * each event was counted.
 */
async function reloading(settings: TestSettings) {
  const lines: { level: number; event?: string; setting?: string; reason?: string }[] = [];
  const stream = { write: (line: string) => void lines.push(JSON.parse(line)) };
  const { log } = fastify({ logger: { level: 'warn', stream } });
  const server = await testServer(settings, { logger: log });
  const linesOf = (event: string) => lines.filter((line) => line.event === event);
  return { server, linesOf };
}

describe('files that are read again', () => {
  it('like keys of tokens are logged and counted, also when they cannot be used', async () => {
    const key = join(testFolder(), 'key');
    const secret = 'canary-of-the-secret-0123456789abcdef';
    writeFileSync(key, secret, { mode: 0o600 });
    const { server, linesOf } = await reloading({ auth: { keys: [key] } });
    const counted = async (event: string): Promise<number> => {
      const text = await (await fetch(new URL('metrics', server.url))).text();
      return Number(new RegExp(`security_events_total\\{event="${event}"\\} (\\d+)`).exec(text)?.[1]);
    };
    server.reload?.();
    await until('the reading', async () => (await counted('keys-reloaded')) === 1);
    expect(linesOf('keys-reloaded')).toMatchObject([{ setting: 'auth.keys', files: key }]);
    writeFileSync(key, 'too short');
    server.reload?.();
    await until('the failure', async () => (await counted('keys-not-reloaded')) > 0);
    const [failure] = linesOf('keys-not-reloaded');
    expect(failure).toMatchObject({ setting: 'auth.keys', reason: expect.stringContaining(key) as string });
    expect(JSON.stringify(linesOf('keys-reloaded'))).not.toContain(secret);
  });

  it.runIf(available('openssl', hasOpenssl()))('as certificates are, too', async () => {
    const tls = selfMade(testFolder());
    const { server, linesOf } = await reloading({ tls });
    server.reload?.();
    expect(linesOf('keys-reloaded')).toMatchObject([{ setting: 'tls', files: `${tls.key}, ${tls.cert}` }]);
    writeFileSync(tls.cert, 'none');
    server.reload?.();
    expect(linesOf('keys-not-reloaded')).toMatchObject([
      { setting: 'tls', reason: expect.stringContaining(tls.cert) as string },
    ]);
  });
});
