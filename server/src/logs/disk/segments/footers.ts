import type { TimeSlicer } from '../../../core/time-slicer.ts';
import { readSegmentHeader, SEGMENT_HEADER_BYTES } from '../format/segment-header.ts';
import { readTrailer, TRAILER_BYTES, type Trailer } from '../format/trailer.ts';
import { readFooter } from '../index/footer.ts';
import type { SegmentIndex } from '../index/segment-index.ts';
import type { ColdReads } from './cold-reads.ts';
import type { Footed, IndexSource } from './indexes.ts';
import type { SealedExtent } from './sealed-segment.ts';
import type { ReadBytes, Segment } from './segment.ts';

/** What a sealed file says of itself at both ends. */
export interface Ends {
  /** Its header, as it was written. */
  readonly header: Buffer;
  readonly trailer: Trailer;
  readonly extent: SealedExtent;
}

/**
 * Reads both ends of a file that should be sealed.
 * @returns undefined: it is not, or one of them is damaged, or cannot be read any more
 */
export async function sealedEndsOf(read: ReadBytes, sizeBytes: number): Promise<Ends | undefined> {
  const header = await readable(read, 0, SEGMENT_HEADER_BYTES);
  if (!header || sizeBytes < TRAILER_BYTES) return undefined;
  const about = readSegmentHeader(header);
  const end = await readable(read, sizeBytes - TRAILER_BYTES, TRAILER_BYTES);
  if (typeof about === 'string' || !end) return undefined;
  const trailer = readTrailer(end, sizeBytes);
  if (typeof trailer === 'string' || trailer.first <= about.before) return undefined;
  return { header, trailer, extent: { ...trailer, before: about.before } };
}

/** Reads bytes; undefined: the disk cannot read them any more. Other failures may pass, as of too many open files. */
export function readable(read: ReadBytes, at: number, bytes: number): Promise<Buffer | undefined> {
  return unlessUnreadable(() => read(at, bytes));
}

/** Undefined: neither its footer nor its packs can be read any more. Other failures may pass. */
export function readableIndex(segment: Segment): Promise<SegmentIndex | undefined> {
  return unlessUnreadable(async () => segment.index());
}

/** Neither the footer of a file can be used, nor is there anything to make it of: as if the disk could not read it. */
class UnreadableFooter extends Error {
  readonly code = 'EIO';
}

async function unlessUnreadable<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EIO') return undefined;
    throw error;
  }
}

/** Reads footers from their files. */
export class Footers implements IndexSource {
  readonly #cold: ColdReads;
  readonly #turns: TimeSlicer;
  readonly #rebuild: (of: Footed) => Promise<SegmentIndex | undefined>;

  /** @param rebuild called where a footer is damaged; undefined: there are no packs to make it of */
  constructor(
    cold: ColdReads,
    turns: TimeSlicer,
    rebuild: (of: Footed) => Promise<SegmentIndex | undefined>,
  ) {
    this.#cold = cold;
    this.#turns = turns;
    this.#rebuild = rebuild;
  }

  async footer({ read, footer }: Footed): Promise<SegmentIndex | undefined> {
    const bytes = await this.#cold.run(() => readable(read, footer.footerAt, footer.footerBytes));
    if (bytes === undefined || bytes.length < footer.footerBytes) return undefined;
    const index = await this.#turns.runBeside(readFooter(bytes, footer));
    return typeof index === 'string' ? undefined : index;
  }

  async rebuild(of: Footed): Promise<SegmentIndex> {
    const index = await this.#rebuild(of);
    if (!index) throw new UnreadableFooter(`The footer of ${of.name} is damaged.`);
    return index;
  }
}
