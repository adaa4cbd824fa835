import type { LoopGuard } from './loop-guard.ts';
import type { Origins } from './origins.ts';
import { type Origin, type RelayHeader, readHeader } from './wire.ts';

export interface RelayReaderOptions {
  readonly origins: Pick<Origins, 'take'>;
  readonly guard: Pick<LoopGuard, 'hear'>;
  /** A bridge says where it stands: what was lost before that is reported. */
  readonly standing: (header: Exclude<RelayHeader, { kind: 'announcement' }>) => void;
  /** A publication that was not taken before. */
  readonly fresh: (frame: Buffer, origin: Origin) => void;
  /** One of which nobody knows whether it was taken before. */
  readonly unsure: (frame: Buffer) => void;
}

/** Reads what bridges send: each publication is handed on once, by whatever ways it comes. */
export class RelayReader {
  /** Publications that had come before, by another way or from this bridge itself. */
  duplicates = 0;
  readonly #options: RelayReaderOptions;

  constructor(options: RelayReaderOptions) {
    this.#options = options;
  }

  /** Takes a message of a bridge; answers false for what no bridge sends. */
  take(parts: readonly Buffer[]): boolean {
    const [part, body] = parts;
    const header = part && parts.length <= 2 ? readHeader(part) : undefined;
    if (!header || (body === undefined) === (header.kind === 'publication' || header.kind === 'announcement'))
      return false;
    const { origins, guard, standing, fresh, unsure } = this.#options;
    if (header.kind === 'announcement') return guard.hear(body as Buffer) !== 'unreadable';
    standing(header);
    if (header.kind !== 'publication') return true;
    const known = origins.take(header.origin);
    if (known === 'new') fresh(body as Buffer, header.origin);
    else if (known === 'unsure') unsure(body as Buffer);
    else this.duplicates++;
    return true;
  }
}
