import type { Random } from '../../random.ts';
import type { Inode } from './inode.ts';

type Change =
  | { readonly kind: 'create'; readonly name: string; readonly inode: Inode }
  | { readonly kind: 'rename'; readonly from: string; readonly to: string }
  | { readonly kind: 'remove'; readonly name: string };

/** What a directory names, and which of it would survive a power loss for certain. */
export class Names {
  #seen = new Map<string, Inode>();
  #safe = new Map<string, Inode>();
  #unsynced: Change[] = [];

  get all(): ReadonlyMap<string, Inode> {
    return this.#seen;
  }

  /** Those that no power loss takes. */
  get safe(): ReadonlyMap<string, Inode> {
    return this.#safe;
  }

  /** How many changes a power loss may take. */
  get unsynced(): number {
    return this.#unsynced.length;
  }

  change(change: Change): void {
    this.#unsynced.push(change);
    apply(this.#seen, change);
  }

  /** What a sync that begins now makes safe; called when it is done. */
  beginSync(): () => void {
    const begun = new Set(this.#unsynced);
    return () => {
      this.#unsynced = this.#unsynced.filter((change) => {
        if (begun.has(change)) apply(this.#safe, change);
        return !begun.has(change);
      });
    };
  }

  /** Any of the changes may be lost. A rename without the creation before it finds nothing to rename. */
  losePower(random: Random): void {
    const kept = random.one([0, 0.5, 0.9, 1]);
    for (const change of this.#unsynced) if (random.chance(kept)) apply(this.#safe, change);
    this.#unsynced = [];
    this.#seen = new Map(this.#safe);
  }
}

function apply(names: Map<string, Inode>, change: Change): void {
  if (change.kind === 'create') names.set(change.name, change.inode);
  else if (change.kind === 'remove') names.delete(change.name);
  else {
    const inode = names.get(change.from);
    if (!inode) return;
    names.delete(change.from);
    names.set(change.to, inode);
  }
}
