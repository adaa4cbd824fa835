import type { Revoked } from '../../core/access/revocations.ts';
import { readChecked, UnfitFile } from '../../settings/files/checked-file.ts';
import { SettingsError } from '../../settings/read.ts';
import { NAME } from '../tokens/claims.ts';
import { REVOCATIONS } from './revoked.ts';

/** Largest file, in bytes. */
const FILE_BYTES = 32 * 1024 * 1024;

const LINE = /^(subject|session|token):(.*)$/;
const GOOD_NAME = new RegExp(NAME, 'u');

/**
 * Reads a file of revocations, by the names of {@link nameOf}.
 * @throws SettingsError naming the file and the line
 */
export async function readRevocationFile(name: string): Promise<Map<string, Revoked>> {
  const what = `auth.revocations ${name}`;
  let text: string;
  try {
    const { bytes } = readChecked(name, { mostBytes: FILE_BYTES });
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new SettingsError(
      `${what}: ${error instanceof UnfitFile ? wordsOf(error) : 'it is not UTF-8'}\n  An empty file that this user may read is enough.`,
    );
  }
  return revocationsIn(what, text);
}

function wordsOf({ fault, detail, message }: UnfitFile): string {
  if (fault === 'no-file') return 'it is not a file';
  return fault === 'too-large' ? `it has more than ${detail} bytes` : message;
}

/** @throws SettingsError naming the line */
export function revocationsIn(what: string, text: string): Map<string, Revoked> {
  const revoked = new Map<string, Revoked>();
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    const [, kind = '', rest = ''] = LINE.exec(line) ?? [];
    const named = rest.trim();
    // To ignore a bad line would be to admit a client that it revokes.
    if (!GOOD_NAME.test(named))
      throw new SettingsError(
        `${what}: line ${index + 1} is none of subject:NAME, session:ID, token:ID\n  Fix or remove it; # begins a comment.`,
      );
    if (revoked.size >= REVOCATIONS)
      throw new SettingsError(
        `${what}: more than ${REVOCATIONS} lines\n  Remove those whose tokens have expired.`,
      );
    revoked.set(`${kind}:${named}`, { [kind]: named } as unknown as Revoked);
  }
  return revoked;
}
