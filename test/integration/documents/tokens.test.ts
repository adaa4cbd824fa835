import { describe, expect, it } from 'vitest';
import { SHELL_TEST_MS, Shell } from '../../support/shell.ts';
import { snippet, snippets } from '../../support/snippets.ts';

const TOKENS = 'docs/tokens.md';
const FIRST = 'A first token';

/** A server with the key, and Alice's token, made by what the page shows. */
async function guarded(): Promise<{ shell: Shell; written: string }> {
  const shell = await Shell.open();
  const [server = '', alice = ''] = snippets(TOKENS, 'sh', FIRST);
  const [key = '', start = ''] = server.split('\n');
  await shell.run(key);
  await shell.serve(start);
  return { shell, written: await shell.run(alice) };
}

describe('docs/tokens.md', { timeout: SHELL_TEST_MS }, () => {
  it('makes a key and a token, and a put with it', async () => {
    const { shell, written } = await guarded();
    expect(written).toContain('"sub":"alice"');
    expect(written).toContain('room1: accepted at offset 1');
    await expect(shell.run('npx zerospan put -c room2 \'"hello"\' --token-file alice.token')).rejects.toThrow(
      'No grant',
    );
    await expect(shell.run('npx zerospan put room1 \'"hello"\'')).rejects.toThrow('token');
    expect((await shell.node(snippet(TOKENS, 'js', FIRST))).join(' ')).toContain('offset: 2');
  });

  it('reads the state and the metrics with a token for both', async () => {
    const { shell } = await guarded();
    const written = await shell.run(snippet(TOKENS, 'sh', 'The state and the metrics'));
    expect(written).toMatch(/^Server +Zerospan .* ready$/m);
    expect(written).toContain('"uptimeMs":');
    expect(written).toContain('# TYPE zerospan_sessions gauge');
  });

  it('follows what the server says of making a token', async () => {
    const shell = await Shell.open();
    await shell.run('npx zerospan token key bus.key');
    const server = await shell.serve('npm start -- --auth-key bus.key');
    const shown = server.written.replaceAll(/\bFILE\b/g, 'x.token').replace('KEYFILE', 'bus.key');
    const [, put = '', create = ''] = /Try {2}(.*)\n.*\n +(.*bus\.key.*)/.exec(shown) ?? [];
    await shell.run(create);
    expect(await shell.run(put)).toContain('room1: accepted');
  });

  it('revokes access over HTTP', async () => {
    const { shell } = await guarded();
    expect(
      await shell.run(`${snippet(TOKENS, 'sh', 'Revoking access').trimEnd()} -sS -w '%{http_code}'`),
    ).toBe('204');
    await expect(shell.run('npx zerospan put room1 1 --token-file alice.token')).rejects.toThrow(
      'access was revoked',
    );
  });

  it('revokes access by a file', async () => {
    const shell = await Shell.open();
    await shell.run('npx zerospan token key bus.key');
    shell.save('revocations', snippet(TOKENS, 'text', 'Revoking access'));
    await shell.serve('npm start -- --auth-key bus.key --auth-revocations revocations');
    await shell.run(
      'npx zerospan token create --key bus.key --subject alice --put room1 > alice.token; chmod 600 alice.token',
    );
    await expect(shell.run('npx zerospan put room1 1 --token-file alice.token')).rejects.toThrow(
      'access was revoked',
    );
  });
});
