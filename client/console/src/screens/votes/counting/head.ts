import type { Bus, Filter, Position } from '@zerospan/client';
import { type Api, Problem } from '../../../data/api.ts';
import { queryOf, selectionOf } from '../../../data/filters.ts';
import { positionOf } from '../../../data/format.ts';

/** More names than this are not sent: each may have 255 bytes, and a request line has 16 KiB. */
const NAMES_MOST = 20;

/**
 * The newest place of the log: what comes behind it has not been put yet. Read of the filters, because of others a
 * person may not; where the server does not say it, as far as the bus has come.
 */
export async function headOf(filters: readonly Filter[], api: Api, bus: Bus): Promise<Position | undefined> {
  const query = queryOf(selectionOf(filters.slice(0, NAMES_MOST)));
  try {
    const { position } = await api.history({ ...query, before: '', limit: 1 });
    return (position === undefined ? undefined : positionOf(position)) ?? bus.position;
  } catch (error) {
    if (error instanceof Problem) return bus.position;
    throw error;
  }
}
