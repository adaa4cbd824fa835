import { ZerospanError } from '@zerospan/shared';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Requester } from '../../../../core/access/requester.ts';
import type { History } from '../../../../core/log/history.ts';
import type { Reports } from '../../../../core/reports.ts';
import { filtersOf } from '../../../../core/subscribing/checks.ts';
import type { CheckingBus } from '../../../../core/subscribing/wishes.ts';
import { gapText, lines } from '../events/dialect.ts';
import { positionText } from '../events/position.ts';
import { HISTORY } from '../openapi/reading.ts';
import { RejectedRequest } from '../problems.ts';
import { type HistoryQuery, type HistoryRequest, historyOf, nextQuery } from './query.ts';
import { HistoryReading, type ReadingBus } from './reading.ts';

/** What the route uses of the bus. */
export type HistoryBus = ReadingBus & CheckingBus & { readonly reports: Reports };

export interface HistoryOptions {
  readonly bus: HistoryBus;
  readonly history: History;
  /** Who makes a request that has passed the hooks of the API. */
  readonly requesterOf: (request: FastifyRequest) => Requester;
}

/** Adds `GET /history`: what the log holds, a page at a time, as lines. */
export function addHistory(scope: FastifyInstance, { bus, history, requesterOf }: HistoryOptions): void {
  const reading = new HistoryReading(history, bus);
  scope.get<{ Querystring: HistoryQuery }>('/history', {
    config: { problemDetails: true },
    exposeHeadRoute: false,
    schema: HISTORY,
    handler: async (request, reply) => {
      const requester = requesterOf(request);
      const { query } = request;
      const asked = historyOf(query);
      const { order, limit } = asked;
      const { epoch } = bus.log;
      try {
        const filter = filtersOf(asked.filter, bus.limits);
        requester.access.checkSubscribe(filter);
        const after = await lowestOf(asked, bus, reading, requester);
        requester.access.checkPosition(filter, after, bus.recent);
        const upTo = highestOf(asked, bus);
        const span = { filter, order, after, upTo, limit };
        const { body, reached, isEnd } = await reading.page(span, requester, () => request.raw.destroyed);
        if (bus.log.epoch !== epoch)
          throw new ZerospanError('log-failed', 'The log became another one meanwhile.');
        // Backwards, what comes later than the newest of this page lies behind its position.
        const offset = order === 'forwards' ? reached : upTo;
        reply.header('zerospan-position', positionText({ epoch, offset }));
        if (!isEnd) {
          const next = positionText({ epoch, offset: order === 'forwards' ? reached : reached + 1 });
          reply.header('link', `<${nextQuery(query, order, next)}>; rel="next"`);
        }
        reply.type(lines.contentType);
        return Buffer.concat([Buffer.from(restartOf(asked, epoch)), body]);
      } catch (error) {
        // What neither the core rejects nor the API is a log that fails.
        throw error instanceof RejectedRequest ? error : bus.reports.rejection(error, requester.sender);
      }
    },
  });
}

/** The offset above which a request reads. Of another log nothing can have been seen. */
async function lowestOf(
  { after, at }: HistoryRequest,
  { log }: HistoryBus,
  reading: HistoryReading,
  requester: Requester,
): Promise<number> {
  if (at !== undefined) return await reading.offsetBeforeTime(at, requester);
  if (after === undefined) return 0;
  return after.epoch === log.epoch ? Math.min(after.offset, log.head) : log.begins;
}

/** @throws ZerospanError `bad-replay` where it reads up to a place of another log */
function highestOf({ before }: HistoryRequest, { log }: HistoryBus): number {
  if (before === undefined) return log.head;
  if (before.epoch !== log.epoch)
    throw new ZerospanError('bad-replay', 'before is a position of another log.', {
      remedy: 'Give before without a value: the newest.',
    });
  return Math.min(Math.max(before.offset - 1, 0), log.head);
}

/** What a client has lost whose position is of another log. */
function restartOf({ after }: HistoryRequest, epoch: string): string {
  if (after === undefined || after.epoch === epoch) return '';
  const gap = {
    reason: 'restart',
    epoch: after.epoch,
    from: after.offset + 1,
    to: null,
    missed: null,
  } as const;
  return `${gapText({ subscriptions: [1], ...gap })}\n`;
}
