import { parseSettings, readSettings, SettingsError } from '../../../server/src/settings/read.ts';
import { SETTINGS } from '../../../server/src/settings/settings.ts';
import type { Parser } from '../parser.ts';

/** A settings file, and the same text as one setting in the environment. */
export const settings: Parser = {
  name: 'settings',
  seeds: [
    'port: 8095\nbus:\n  address: tcp://127.0.0.1:5565\n  ingress: none\n  sources:\n    - tcp://127.0.0.1:5575\nlog:\n  ageMs: 3600000\n',
    '{"port": 0, "bus": {"framing": "two-parts", "republish": false}}',
    'bus: &a\n  sources: [*a]\n',
    'host: !!str 127.0.0.1\nport: 0x50\nlog: { bytes: 1e3, ageMs: .inf, lastBytes: ~ }\n',
    '---\n? [a, b]\n: |\n  text\n...\n',
  ],
  words: [
    ...SETTINGS.map(({ path }) => `${path.split('.').at(-1)}: `),
    '&a ',
    '*a',
    '<<: *a',
    '!!binary ',
    '__proto__: ',
    '? ',
    '- ',
  ],
  // Of the operator's own making: nobody else can make it large.
  mostBytes: 2_048,
  async read(bytes) {
    const text = bytes.toString();
    try {
      const content = await parseSettings('zerospan.yaml', text);
      readSettings({ file: { name: 'zerospan.yaml', content } });
    } catch (error) {
      if (!(error instanceof SettingsError)) throw error;
    }
    try {
      const one = SETTINGS[bytes.length % SETTINGS.length];
      readSettings({ env: { [one?.env ?? '']: text } });
    } catch (error) {
      if (!(error instanceof SettingsError)) throw error;
    }
  },
};
