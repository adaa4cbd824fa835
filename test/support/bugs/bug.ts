import type { Keeper } from '../model/world.ts';

/** A fault that is put into the product's code while it is loaded for a test, and nowhere else. */
export interface Bug {
  readonly name: string;
  /** From the top of the repository. */
  readonly file: string;
  /** Stands exactly once in the file. */
  readonly find: string;
  readonly replace: string;
  /** It shows only while the log takes its time. */
  readonly late?: true;
  /** It shows only over this store. */
  readonly store?: Keeper;
}

/** @throws Error when what is to be replaced does not stand there exactly once */
export function seeded(text: string, { name, file, find, replace }: Bug): string {
  const parts = text.split(find);
  if (parts.length !== 2)
    throw new Error(`"${name}" finds its place ${parts.length - 1} times in ${file}: ${find}`);
  return parts.join(replace);
}
