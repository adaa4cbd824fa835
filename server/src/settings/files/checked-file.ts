import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';

/** The rights of group and others. */
export const OTHERS = 0o077;

/** A disk is read in pieces of this size, in bytes. */
const PIECE_BYTES = 64 * 1024;

/** Why a file was not read. */
export type FileFault =
  /** The system does not let this user. `detail` is its code, such as `ENOENT`. */
  | 'unreadable'
  /** It is a folder, a pipe or a device: what comes from there has no end, or never comes. */
  | 'no-file'
  /** Others may do with it what they must not. `detail` is its mode, in octal. */
  | 'open-to-others'
  /** It has more bytes than such a file has. `detail` is how many are taken. */
  | 'too-large';

/** A file was not read. The caller reports it in words of its own. */
export class UnfitFile extends Error {
  readonly fault: FileFault;
  readonly detail: string;

  constructor(fault: FileFault, detail = '', cause?: unknown) {
    super(
      cause instanceof Error ? cause.message : `${fault} ${detail}`,
      cause === undefined ? undefined : { cause },
    );
    this.fault = fault;
    this.detail = detail;
  }
}

export interface FileBounds {
  readonly mostBytes: number;
  /** Mode bits that the file must not have. Default: none are checked. */
  readonly forbiddenMode?: number;
}

export interface CheckedFile {
  readonly bytes: Buffer;
  readonly mode: number;
}

/**
 * Reads a file that an operator has named. It is opened before it is checked: the file that was checked is the file
 * that is read, whatever its name comes to mean.
 * @throws UnfitFile
 */
export function readChecked(name: string, { mostBytes, forbiddenMode = 0 }: FileBounds): CheckedFile {
  let file: number | undefined;
  try {
    // To open a pipe would else wait for somebody to write to it.
    file = openSync(name, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    const stat = fstatSync(file);
    if (!stat.isFile()) throw new UnfitFile('no-file');
    if (mayOthers(stat.mode, forbiddenMode))
      throw new UnfitFile('open-to-others', (stat.mode & 0o777).toString(8));
    return { bytes: contentOf(file, mostBytes), mode: stat.mode };
  } catch (cause) {
    if (cause instanceof UnfitFile) throw cause;
    throw new UnfitFile('unreadable', (cause as NodeJS.ErrnoException).code, cause);
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/** Whether a mode lets others do any of these. Windows has no such bits, and Node answers them all set. */
export function mayOthers(mode: number, rights: number): boolean {
  return process.platform !== 'win32' && (mode & rights) !== 0;
}

/** Its size is not gone by: that of a file of the system is said to be 0, and others grow. */
function contentOf(file: number, mostBytes: number): Buffer {
  const pieces: Buffer[] = [];
  for (let bytes = 0; ; ) {
    const piece = Buffer.allocUnsafe(PIECE_BYTES);
    const read = readSync(file, piece);
    if (read === 0) return Buffer.concat(pieces);
    bytes += read;
    if (bytes > mostBytes) throw new UnfitFile('too-large', String(mostBytes));
    pieces.push(piece.subarray(0, read));
  }
}
