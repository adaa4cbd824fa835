import { isSameBoot } from './boot.ts';
import type { MetaRead } from './meta.ts';
import type { Meta } from './meta-slot.ts';

interface Known {
  readonly meta: Meta;
  /** One of the two slots cannot be read: see `MetaRead`. */
  readonly isOneBad: boolean;
}

/** What the log in a directory is to the process that opens it. */
export type Verdict =
  /** Nothing says what the log is. Where segments are, they are of an epoch that is over. */
  | { readonly kind: 'new' }
  /** The same, because what said so is damaged. */
  | { readonly kind: 'unreadable' }
  /** Written by a version that is not known here: it MUST be left as it is. */
  | { readonly kind: 'newer'; readonly version: number }
  /** Somebody copied the directory. The original may go on: this is another epoch. */
  | ({ readonly kind: 'copy' } & Known)
  /** It was closed, and nothing can be missing up to `head`. `moved`: in another place, by `log move`. */
  | ({ readonly kind: 'clean' | 'moved'; readonly head: number } & Known)
  /** The process ended, the machine did not: what was written is there. */
  | ({ readonly kind: 'same-boot' } & Known)
  /** The machine ended: what was written and not synced may be missing, up to the lease. */
  | ({ readonly kind: 'other-boot' } & Known);

export function verdictOf(found: MetaRead, bootId: string): Verdict {
  if (found.kind === 'none') return { kind: 'new' };
  if (found.kind !== 'good') return found;
  const { meta, isOneBad, stat } = found;
  const known = { meta, isOneBad };
  const isItsFile = meta.inode === stat.inode && (meta.birthMs === 0 || meta.birthMs === stat.birthMs);
  // `log move` closes it first: without that nobody can say whether the original has gone on since.
  if (!isItsFile && !(meta.isMoved && meta.cleanHead !== undefined)) return { kind: 'copy', ...known };
  if (meta.cleanHead !== undefined)
    return { kind: isItsFile ? 'clean' : 'moved', head: meta.cleanHead, ...known };
  return { kind: isSameBoot(meta.bootId, bootId) ? 'same-boot' : 'other-boot', ...known };
}
