import { type FileHandle, open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Revoked } from '../../core/access/revocations.ts';
import * as Type from '../../schema.ts';
import { readChecked, UnfitFile } from '../../settings/files/checked-file.ts';
import { SettingsError } from '../../settings/read.ts';
import { type Lasting, REMEMBERED_MS, type RevokedAccess } from './revoked.ts';

/** Most bytes of such a file: all revocations that are remembered, each with the longest name there is. */
const FILE_BYTES = 128 * 1024 * 1024;

/** How many are written in one turn of the event loop. */
const PIECE = 500;

const VERSION = 1;

const content = Type.Compile(
  Type.Object({
    version: Type.Literal(VERSION),
    revocations: Type.Array(
      Type.Object({
        name: Type.String({ pattern: '^(?:subject|token):' }),
        untilMs: Type.Integer({ minimum: 0 }),
        runMs: Type.Number({ minimum: 0, maximum: REMEMBERED_MS }),
      }),
    ),
  }),
);

/** PORT: receives what becomes of the file, for the operator. It MUST NOT throw. */
export interface KeptLog {
  report(event: 'revocations-not-kept', about: Readonly<Record<string, string>>): void;
}

/**
 * A file with the revocations that were made while a server ran, so that the next one knows them. It is written whole
 * to another file, which then takes its place: whatever dies when, one of the two is whole.
 */
export class KeptRevocations {
  readonly #file: string;
  readonly #revoked: RevokedAccess;
  readonly #log: KeptLog;
  readonly #forget: () => void;
  /** The writing under way; it never rejects. */
  #under: Promise<unknown> = Promise.resolve();
  /** The one after it, for whatever has changed since that began. */
  #next: Promise<void> | undefined;

  /**
   * Revokes again what the file says, and keeps it from then on.
   * @throws SettingsError when the file cannot be read: without it, access that was ended would be given again
   */
  static async open(file: string, revoked: RevokedAccess, log: KeptLog): Promise<KeptRevocations> {
    for (const each of read(file)) revoked.restore(each);
    return new KeptRevocations(file, revoked, log);
  }

  private constructor(file: string, revoked: RevokedAccess, log: KeptLog) {
    this.#file = file;
    this.#revoked = revoked;
    this.#log = log;
    this.#forget = revoked.onRevoked((what) => this.#note(what));
  }

  /** Resolves when all that is revoked now is in the file. Rejects where that failed. */
  settled(): Promise<void> {
    this.#next ??= this.#under.then(() => {
      this.#next = undefined;
      const written = this.#write();
      this.#under = written.catch(() => undefined);
      return written;
    });
    return this.#next;
  }

  /** Writes once more, for how long each is still to be remembered. Nothing is kept from then on. */
  async close(): Promise<void> {
    this.#forget();
    await this.settled().catch((error: unknown) => this.#failed(error));
  }

  #note(what: Revoked): void {
    if ('session' in what) return;
    this.settled().catch((error: unknown) => this.#failed(error));
  }

  #failed(error: unknown): void {
    this.#log.report('revocations-not-kept', { file: this.#file, reason: (error as Error).message });
  }

  async #write(): Promise<void> {
    const next = `${this.#file}.new`;
    const handle = await open(next, 'w', 0o600);
    try {
      await writeAll(handle, this.#revoked.lasting());
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(next, this.#file);
    await syncFolder(dirname(this.#file));
  }
}

async function writeAll(handle: FileHandle, all: Iterable<Lasting>): Promise<void> {
  let piece = `{"version":${VERSION},"revocations":[`;
  let count = 0;
  for (const each of all) {
    piece += `${count === 0 ? '' : ','}\n${JSON.stringify(each)}`;
    if (++count % PIECE > 0) continue;
    await handle.appendFile(piece);
    piece = '';
  }
  await handle.appendFile(`${piece}\n]}\n`);
}

/** A rename is safe once its folder is. */
async function syncFolder(name: string): Promise<void> {
  // Windows opens no folders, and keeps its renames by itself.
  if (process.platform === 'win32') return;
  const folder = await open(name, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

function read(file: string): readonly Lasting[] {
  try {
    const { bytes } = readChecked(file, { mostBytes: FILE_BYTES });
    const said: unknown = JSON.parse(bytes.toString());
    if (content.Check(said)) return said.revocations;
    throw new Error('it does not hold what such a file holds');
  } catch (error) {
    if (error instanceof UnfitFile && error.detail === 'ENOENT') return [];
    throw new SettingsError(
      `log.directory: the revocations in ${file} cannot be read: ${(error as Error).message}\n  Restore the file. Without it, those whose access was revoked over HTTP may come in again: remove it only if that may be.`,
    );
  }
}
