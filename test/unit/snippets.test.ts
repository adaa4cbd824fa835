import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseSettings, readSettings } from '../../server/src/settings/read.ts';
import { SNIPPETS, type Snippet, snippet } from '../support/snippets.ts';

const folder = new URL('../', import.meta.url);

/** Pages, and the tests that run their code: each of its languages is named there with the page or a constant of it. */
const RUN_BY: Readonly<Record<string, readonly string[]>> = {
  'README.md': ['integration/documents/readme.test.ts', 'browser/documents.test.ts'],
  'client/README.md': ['integration/documents/client.test.ts'],
  'docs/client.md': ['integration/documents/client.test.ts'],
  'docs/coming-from-shellbot-bus.md': ['integration/documents/native.test.ts'],
  'docs/command-line.md': ['integration/documents/readme.test.ts'],
  'docs/deploy.md': ['integration/documents/deploy.test.ts'],
  'docs/http.md': ['integration/documents/http.test.ts'],
  'docs/plugin.md': ['integration/documents/plugin.test.ts'],
  'docs/settings.md': ['unit/snippets.test.ts'],
  'docs/tokens.md': ['integration/documents/tokens.test.ts'],
  'docs/troubleshooting.md': ['integration/documents/client.test.ts'],
  'examples/bots/README.md': ['integration/documents/examples.test.ts'],
  'examples/cluster/README.md': ['long/example-cluster.test.ts'],
  'examples/panel/README.md': ['integration/documents/examples.test.ts'],
  'examples/votes/README.md': ['browser/votes.test.ts'],
  'docs/zeromq.md': ['integration/documents/native.test.ts'],
  'server/README.md': ['integration/documents/plugin.test.ts'],
};

const where = ({ page, heading, language }: Snippet) => `${page}, ${heading}: ${language}`;

describe('the code that documents show', () => {
  it('is run by a test, or says why not', () => {
    const sources = (page: string) =>
      (RUN_BY[page] ?? []).map((file) => new URL(file, folder)).filter((file) => existsSync(file));
    const unrun = SNIPPETS.filter(
      ({ page, language, notRun }) =>
        notRun === undefined &&
        !sources(page).some((file) => readFileSync(file, 'utf8').includes(`'${language}'`)),
    );
    expect(unrun.map(where)).toEqual([]);
  });

  it('is a settings file that a server takes, where docs/settings.md shows one', async () => {
    const file = snippet('docs/settings.md', 'yaml', 'Settings');
    const content = await parseSettings('settings.yaml', file);
    expect(readSettings({ file: { name: 'settings.yaml', content } }).settings).toMatchObject({
      port: 8095,
      bus: { ingress: 'none', sources: ['tcp://127.0.0.1:5575'] },
      log: { ageMs: 3_600_000 },
    });
  });

  it('says what it is written in', () => {
    expect(SNIPPETS.filter(({ language }) => language === '').map(where)).toEqual([]);
  });
});
