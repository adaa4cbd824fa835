import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { SECURITY_EVENTS } from '../../../server/src/security-events.ts';
import { SETTINGS } from '../../../server/src/settings/settings.ts';
import { REFUSALS } from '../../../server/src/web/entry/refusals.ts';

const readme = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8');

describe('README.md', () => {
  it.each(Object.values(REFUSALS))('lists the refusal $status $code', ({ status, code }) => {
    expect(readme).toContain(`| ${status} | \`${code}\` |`);
  });

  it.each(Object.keys(SECURITY_EVENTS))('names the security event %s', (event) => {
    expect(readme).toContain(`\`${event}\``);
  });

  it.each(SETTINGS)(
    'has a row for the setting $path, with its flag and its variable',
    ({ path, flagName, env, kind, default: value }) => {
      const row = readme
        .split('\n')
        .find((line) => line.startsWith('| `') && line.split(' | ')[0]?.includes(`\`${path}\``));
      expect(row).toContain(`\`--${kind === 'boolean' && value === true ? 'no-' : ''}${flagName}\``);
      expect(row).toContain(`\`${env}\``);
    },
  );
});

it.each(Object.values(REFUSALS))(
  'the refusal $status $code says what is wrong and what to do',
  ({ reason, remedy }) => {
    expect(reason).toMatch(/^[A-Z].*\.$/);
    expect(remedy).toMatch(/^[A-Z].*\.$/);
  },
);
