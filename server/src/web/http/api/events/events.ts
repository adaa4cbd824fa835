import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Requester } from '../../../../core/access/requester.ts';
import type { Meter } from '../../../../core/meter.ts';
import type { Doorway } from '../../../entry/doorway.ts';
import { detailsOf, type Problem, sendProblem } from '../../problem.ts';
import { EVENTS } from '../openapi/reading.ts';
import { problemOf, RejectedRequest } from '../problems.ts';
import { CurrentSpeech, lines, sse } from './dialect.ts';
import { EventStream, type StreamBus } from './event-stream.ts';
import { type EventsQuery, requestOf } from './query.ts';
import { type StreamAnswer, StreamLink } from './stream-link.ts';

export interface EventsOptions {
  readonly bus: StreamBus;
  readonly doorway: Pick<Doorway, 'admit'>;
  /** Who makes a request that has passed the hooks of the API. */
  readonly requesterOf: (request: FastifyRequest) => Requester;
  /** What a request is answered that failed; it counts. */
  readonly problemFor: (error: unknown, request: FastifyRequest) => Problem;
}

/** Behind nginx, which would gather events otherwise; and no cache or compressor may hold them back either. */
const STREAM_HEADERS = {
  'cache-control': 'no-store, no-transform',
  'x-accel-buffering': 'no',
  connection: 'close',
} as const;

/** How long a client waits that is refused for now, in ms, where its problem does not say. */
const RETRY_MS = 5_000;

/**
 * Adds `GET /events`: publications as they come, as Server-Sent Events or as lines.
 * @returns what it counts
 */
export function addEvents(scope: FastifyInstance, options: EventsOptions): Meter[] {
  const { bus, requesterOf, problemFor } = options;
  const speeches = { sse: new CurrentSpeech(sse), lines: new CurrentSpeech(lines) };
  const open = new Map<string, number>([...Object.keys(speeches)].map((name) => [name, 0]));
  const count = (name: string, more: number): void => void open.set(name, (open.get(name) ?? 0) + more);
  scope.get<{ Querystring: EventsQuery }>('/events', {
    config: { problemDetails: true },
    exposeHeadRoute: false,
    schema: EVENTS,
    errorHandler: (error, request, reply) => {
      // Its place is free again only when its connection closes.
      reply.header('connection', 'close');
      const problem = problemFor(error, request);
      if (isForNow(problem) && accepts(request, sse.contentType))
        refuseForNow(reply, problem, bus.retrySpreadMs);
      else sendProblem(reply, problem);
    },
    handler: async (request, reply) => {
      const asked = requestOf(request.query, request.raw.headers['last-event-id']);
      const { raw } = reply;
      // Its answer would wait behind another one, and no stream can.
      if (raw.socket === null)
        throw new RejectedRequest('bad-request', 'The request came before the answer to the last one.');
      await admitted(request, options.doorway);
      const stream = new EventStream(requesterOf(request), asked, bus);
      raw.once('close', () => stream.closed());
      const begin = await stream.prepare();
      const format = accepts(request, lines.contentType) ? 'lines' : 'sse';
      const { dialect } = speeches[format];
      const link = new StreamLink(headed(reply, dialect.contentType), speeches[format].of(bus.log.epoch));
      link.owner = stream;
      count(format, 1);
      raw.once('close', () => count(format, -1));
      begin({
        link,
        failed: (error) => link.write(dialect.problem(detailsOf(problemOf(error)))),
      });
    },
  });
  return [
    {
      kind: 'gauge',
      name: 'zerospan_http_streams',
      help: 'Answers to GET /v1/events that are open, by their format',
      label: 'format',
      read: () => open,
    },
  ];
}

/** Resolves when a request has its place, and its turn. @throws RejectedRequest when a limit is reached */
function admitted(request: FastifyRequest, doorway: Pick<Doorway, 'admit'>): Promise<void> {
  return new Promise((resolve, reject) => {
    const limit = doorway.admit(request, resolve);
    if (limit !== undefined) reject(new RejectedRequest(limit));
  });
}

function accepts({ headers }: FastifyRequest, type: string): boolean {
  return headers.accept?.includes(type) ?? false;
}

/** Sends the head of an answer without length, which is written to its socket from then on, and ends with it. */
function headed(reply: FastifyReply, contentType: string): StreamAnswer {
  const { raw } = reply;
  reply.hijack();
  raw.useChunkedEncodingByDefault = false;
  raw.writeHead(200, {
    ...(reply.getHeaders() as Record<string, string>),
    ...STREAM_HEADERS,
    'content-type': contentType,
    vary: varyOf(reply),
  });
  raw.flushHeaders();
  return raw as StreamAnswer;
}

/** Other routes of the API have one as well: pages of several origins may use them. */
function varyOf(reply: FastifyReply): string {
  return [reply.getHeader('vary'), 'Accept'].filter((name) => name !== undefined).join(', ');
}

/** Whether the same request may be answered otherwise later. */
function isForNow({ status }: Problem): boolean {
  return status >= 500 || status === 429;
}

/**
 * Refuses an EventSource in a way that it comes back: after 204, 4xx and 5xx it never does. Those refused at once do
 * not come back at once.
 */
function refuseForNow(reply: FastifyReply, problem: Problem, spreadMs: number): void {
  const leastMs = problem.retryAfterS === undefined ? RETRY_MS : problem.retryAfterS * 1_000;
  reply
    .code(200)
    .headers({ ...STREAM_HEADERS, 'content-type': sse.contentType, vary: varyOf(reply) })
    .send(sse.retry(leastMs + Math.random() * spreadMs) + sse.problem(detailsOf(problem)));
}
