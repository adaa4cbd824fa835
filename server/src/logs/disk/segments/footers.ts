import { readSegmentHeader, SEGMENT_HEADER_BYTES } from '../format/segment-header.ts';
import { readTrailer, TRAILER_BYTES, type Trailer } from '../format/trailer.ts';
import { readFooter } from '../index/footer.ts';
import type { SegmentIndex } from '../index/segment-index.ts';
import type { ColdReads } from './cold-reads.ts';
import type { Footed, IndexSource } from './indexes.ts';
import type { SealedExtent } from './sealed-segment.ts';
import type { ReadBytes } from './segment.ts';
import type { Turns } from './turns.ts';

/** What a sealed file says of itself at both ends. */
export interface Ends {
  /** Its header, as it was written. */
  readonly header: Buffer;
  readonly trailer: Trailer;
  readonly extent: SealedExtent;
}

/**
 * Reads both ends of a file that should be sealed.
 * @returns undefined: it is not, or one of them is damaged
 */
export async function endsOf(read: ReadBytes, sizeBytes: number): Promise<Ends | undefined> {
  const header = await read(0, SEGMENT_HEADER_BYTES);
  const about = readSegmentHeader(header);
  if (typeof about === 'string' || sizeBytes < TRAILER_BYTES) return undefined;
  const trailer = readTrailer(await read(sizeBytes - TRAILER_BYTES, TRAILER_BYTES), sizeBytes);
  if (typeof trailer === 'string' || trailer.first <= about.before) return undefined;
  return { header, trailer, extent: { ...trailer, before: about.before } };
}

/** Reads bytes; undefined: the disk cannot read them any more. Other failures may pass, as of too many open files. */
export async function readable(read: ReadBytes, at: number, bytes: number): Promise<Buffer | undefined> {
  try {
    return await read(at, bytes);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EIO') return undefined;
    throw error;
  }
}

/** Reads footers from their files. */
export class Footers implements IndexSource {
  readonly #cold: ColdReads;
  readonly #turns: Turns;
  readonly #rebuild: (of: Footed) => Promise<SegmentIndex>;

  /** @param rebuild called where a footer is damaged; rejects where there are no packs to make it of */
  constructor(cold: ColdReads, turns: Turns, rebuild: (of: Footed) => Promise<SegmentIndex>) {
    this.#cold = cold;
    this.#turns = turns;
    this.#rebuild = rebuild;
  }

  async footer({ read, footer }: Footed): Promise<SegmentIndex | undefined> {
    const bytes = await this.#cold.run(() => readable(read, footer.footerAt, footer.footerBytes));
    if (bytes === undefined || bytes.length < footer.footerBytes) return undefined;
    const index = await this.#turns.run(readFooter(bytes, footer));
    return typeof index === 'string' ? undefined : index;
  }

  rebuild(of: Footed): Promise<SegmentIndex> {
    return this.#rebuild(of);
  }
}
