import { revocationsIn } from '../../../server/src/auth/revocations/revocation-file.ts';
import { nameOf } from '../../../server/src/auth/revocations/revoked.ts';
import { SettingsError } from '../../../server/src/settings/read.ts';
import { broken, type Parser } from '../parser.ts';

/** A file of those whose access has ended. */
export const revocations: Parser = {
  name: 'revocations',
  seeds: ['# left in May\nsubject:alice\n\nsession:s-1\ntoken:5d6a0a3c-8a4f\n', 'subject: ü:😀 \r\n'],
  words: ['subject:', 'session:', 'token:', '#', ':', '\u0085', '\u00a0', '\u2029', '\ud800'],
  read(bytes) {
    const text = bytes.toString();
    let revoked: ReturnType<typeof revocationsIn>;
    try {
      revoked = revocationsIn('file', text);
    } catch (error) {
      if (!(error instanceof SettingsError)) throw error;
      return;
    }
    for (const [name, what] of revoked) {
      if (nameOf(what) !== name || Object.keys(what).length !== 1) broken('a line names one');
      if (!text.includes(Object.values(what)[0] as string)) broken('who is named stands in the file');
    }
    // A line that is passed over would be somebody who is let in.
    const lines = new Set(text.split('\n').map((line) => line.trim().replace(/^(\w+:)\s+/, '$1')));
    const named = [...lines].filter((line) => line !== '' && !line.startsWith('#'));
    if (named.length !== revoked.size) broken('every line that is no comment names somebody');
  },
};
