import type { Transport } from '@zerospan/shared';
import type { Entry } from '../log/log.ts';

/**
 * PORT: how a transport puts entries together for its clients. It MUST be one object for all links of a transport:
 * sessions that have the same encoding and the same filters are written the very same bytes.
 *
 * - `encode` MUST answer the entries whole and in the order given, at least one. What it answers MUST depend on them
 *   alone, not on what was encoded before or on whose link it goes to, and MUST NOT change any more: it may be written
 *   to thousands of links, of which some keep it for long.
 * - `encode` MUST NOT change a text. It MAY write to the headroom of one, as `Entry.withHeadroom` allows.
 * - One entry alone SHOULD NOT be copied. Its answer may lie in the memory of the log, so a transport that keeps it for
 *   longer than a write MUST copy it. Of more than one entry it MUST be memory of its own.
 */
export interface Encoding {
  /** The transport, as operators are shown it. */
  readonly transport: Transport;
  encode(entries: readonly Entry[]): Buffer;
}
