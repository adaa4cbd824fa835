import { describe, expect, it } from 'vitest';
import { hasOpenssl } from '../support/certificate.ts';
import { saidInNode, WAYS } from '../support/failing-connections.ts';
import { available } from '../support/required.ts';
import { cli } from '../support/terminal.ts';

/** No page is there. */
const NOBODY = 'https://nobody.example';

const openssl = hasOpenssl();

describe('a connection fails, and says why and what to do', () => {
  it('in at least fourteen ways that each client meets, or says why not', () => {
    for (const kind of ['node', 'cli', 'chromium', 'page'] as const) {
      const met = WAYS.filter((way) => typeof way[kind] !== 'string');
      expect(met.length).toBeGreaterThanOrEqual(14);
    }
  });

  for (const { name, needsOpenssl, begin, node, cli: own } of WAYS) {
    const canRun = !needsOpenssl || available('openssl', openssl);
    if (typeof node === 'string') continue;
    it.runIf(canRun)(`to a client in Node: ${name}`, async () => {
      const { code, message, remedy } = await saidInNode(await begin(NOBODY));
      expect({ code, message, remedy }).toEqual({
        code: node.code,
        message: expect.stringMatching(node.cause),
        remedy: expect.stringMatching(node.remedy),
      });
    });

    if (typeof own === 'string') continue;
    it.runIf(canRun)(`on the command line: ${name}`, async () => {
      const { url, ca } = await begin(NOBODY);
      const flags = ca === undefined ? [] : ['--ca', ca];
      const { code, out, talk } = await cli(['put', 'room1', '1', '--url', url, ...flags]);
      expect({ code, out }).toEqual({ code: 69, out: '' });
      const [cause, remedy, ...more] = talk.trimEnd().split('\n');
      expect(cause).toMatch(/^zerospan: /);
      expect(cause).toMatch(node.cause);
      expect(remedy).toMatch((own ?? node).remedy);
      expect(more).toEqual([]);
    });
  }
});
