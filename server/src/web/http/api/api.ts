import { type ServerStatus, ZerospanError } from '@zerospan/shared';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Requester } from '../../../core/access/requester.ts';
import type { History } from '../../../core/log/history.ts';
import type { Meter } from '../../../core/meter.ts';
import type { SecurityEvents } from '../../../security-events.ts';
import type { Callers } from '../../entry/caller.ts';
import { type Problem, sendProblem } from '../problem.ts';
import { checkBySchemas } from './checking.ts';
import { addSession } from './cookie.ts';
import { addCors, addPreflight } from './cors.ts';
import type { StreamBus } from './events/event-stream.ts';
import { addEvents, type EventsOptions } from './events/events.ts';
import { addHistory, type HistoryBus } from './history/history.ts';
import { Identification, type IdentityBus } from './identity.ts';
import { addObserving, type ObservingSources } from './observing/observing.ts';
import { type ApiDocument, addDocument, describeRoutes } from './openapi/openapi.ts';
import { PROBLEMS, problemOf, RejectedRequest } from './problems.ts';
import { addPut, type PutBus } from './putting/put.ts';
import { addPuts, type PutsBus } from './putting/puts.ts';
import { addUnrouted, collectMethods } from './unrouted.ts';

/** Where all of it is, below the prefix of the plugin. */
export const API_PATH = '/v1';

export type ApiBus = IdentityBus & PutBus & PutsBus & StreamBus & HistoryBus;

export interface ApiOptions {
  readonly bus: ApiBus;
  /** What the log of the bus held before. */
  readonly history: History;
  readonly events: SecurityEvents;
  readonly doorway: EventsOptions['doorway'];
  readonly callers: Pick<Callers, 'of'>;
  /** How long nothing may come of a body that is streamed, in ms. */
  readonly bodyMs: number;
  readonly observing: ObservingSources & { readonly status: () => ServerStatus };
  /** Whether the server is stopping. */
  isDraining(): boolean;
}

/** By whom a request is made: found out before its body is read. */
const REQUESTER = 'zerospanRequester';

/**
 * Adds the API over HTTP. Schemas, parsers and the answers to errors are of its own scope: an application may have
 * others.
 * @returns what it counts
 */
export async function addApi(app: FastifyInstance, options: ApiOptions): Promise<Meter[]> {
  const { bus, events, callers, bodyMs } = options;
  const meters: Meter[] = [];
  const identification = new Identification(bus, callers, events);
  const problems = new Map<string, number>();
  let described: (() => Promise<ApiDocument>) | undefined;
  await app.register(
    async (scope) => {
      checkBySchemas(scope);
      const methods = collectMethods(scope);
      described = describeRoutes(scope, API_PATH);
      scope.decorateRequest(REQUESTER, null);
      const counted = (error: unknown, request: FastifyRequest): Problem => {
        const problem = problemFor(error, request, bus);
        problems.set(problem.code, (problems.get(problem.code) ?? 0) + 1);
        return problem;
      };
      scope.setErrorHandler((error, request, reply) => {
        const problem = counted(error, request);
        // A client that keeps its connection would come back to a server that is going.
        if (problem.code === 'draining') reply.header('connection', 'close');
        return sendProblem(reply, problem);
      });
      addCors(scope);
      addPreflight(scope, methods);
      scope.addHook('onRequest', async (_request, reply) => {
        reply.header('cache-control', 'no-store');
      });
      await scope.register(async (sessions) => {
        const admit = (request: FastifyRequest) => identification.requesterOf(request);
        addSession(sessions, app.prefix || '/', () => bus.clock.now(), admit);
      });
      const requesterOf = (request: FastifyRequest): Requester => request.getDecorator(REQUESTER);
      // A browser asks without credentials before it sends such a request: that one is nobody's.
      await scope.register(async (known) => {
        known.addHook('onRequest', async (request) => {
          request.setDecorator(REQUESTER, await identification.requesterOf(request));
        });
        await addObserving(known, options.observing, { reports: bus.reports, requesterOf });
        await known.register(async (served) => {
          served.addHook('onRequest', async () => {
            if (options.isDraining()) throw new ZerospanError('draining');
          });
          await served.register(async (one) => addPut(one, bus, requesterOf));
          await served.register(async (many) => {
            meters.push(addPuts(many, bus, requesterOf, bodyMs));
          });
          addHistory(served, { bus, history: options.history, requesterOf });
          meters.push(
            ...addEvents(served, { bus, doorway: options.doorway, requesterOf, problemFor: counted }),
          );
        });
      });
      addUnrouted(scope, methods);
    },
    { prefix: API_PATH },
  );
  const document = described;
  if (document)
    await app.register(async (scope) => {
      addCors(scope);
      addDocument(scope, document);
    });
  return [
    ...meters,
    {
      kind: 'counter',
      name: 'zerospan_http_problems_total',
      help: 'Requests to /v1 that were answered by a problem, by its code',
      label: 'code',
      read: () => problems,
    },
  ];
}

interface FastifyFault {
  readonly code?: string;
  readonly statusCode?: number;
  readonly message: string;
}

function problemFor(error: unknown, request: FastifyRequest, { reports, limits }: ApiBus): Problem {
  if (error instanceof RejectedRequest) return error.problem;
  if (error instanceof ZerospanError) return problemOf(error);
  const { code, statusCode = 500, message } = error as FastifyFault;
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    const most = request.routeOptions.bodyLimit ?? limits.payloadBytes;
    const fault = new ZerospanError('too-large', `The body has more than ${most} bytes.`);
    reports.refused(fault);
    return problemOf(fault);
  }
  if (statusCode < 500) return { ...PROBLEMS['bad-request'], reason: `${message}.` };
  request.log.error({ err: error }, 'a request to /v1 failed');
  return PROBLEMS.failed;
}
