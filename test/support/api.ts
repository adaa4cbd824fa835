import type { ServerStatus } from '@zerospan/shared';
import fastify, { type FastifyInstance, type InjectOptions, type LightMyRequestResponse } from 'fastify';
import { onTestFinished } from 'vitest';
import { ObservedChannels } from '../../server/src/core/observing/channels.ts';
import { Explainer } from '../../server/src/core/observing/explain/explainer.ts';
import { Overview } from '../../server/src/core/observing/overview.ts';
import { ObservedSessions } from '../../server/src/core/observing/sessions.ts';
import { StatsChannel } from '../../server/src/core/observing/stats.ts';
import { TimeSlicer } from '../../server/src/core/time-slicer.ts';
import type { MemoryLog } from '../../server/src/logs/memory/index.ts';
import { SecurityEvents } from '../../server/src/security-events.ts';
import type { EntryLimit } from '../../server/src/web/entry/doorway.ts';
import { addApi } from '../../server/src/web/http/api/api.ts';
import { statusOf } from '../../server/src/web/http/api/observing/status.ts';
import type { TestBus } from './core.ts';

/** Bounds in the state of the server; the log of a test has its own. */
const LOG = { bytes: 1_000_000, ageMs: 600_000 } as const;

const NO_ZEROMQ = {
  ...{ address: 'tcp://127.0.0.1:5555', ingress: null, peers: { ingress: 0, egress: 0 } },
  ...{ received: 0, sent: 0, dropped: {}, sources: [] },
};

/** The API over a bus whose time and turns are the test's, without sockets. */
export class TestApi {
  readonly app: FastifyInstance = fastify();
  readonly bus: TestBus;
  readonly overview: Overview;
  /** Reads the state of the server. */
  readonly status: () => ServerStatus;
  readonly stats: StatsChannel;
  readonly sessions: ObservedSessions;
  readonly explainer: Explainer;
  readonly channels: ObservedChannels;
  isDraining = false;
  /** Ids of sessions that other nodes may have, and of those that were ended there. */
  readonly elsewhere = new Set<string>();
  readonly endedElsewhere: string[] = [];
  /** Whether requests come from the server's own machine. */
  isLocal = true;
  /** What is full; undefined: everybody is admitted at once. */
  full: EntryLimit | undefined;
  readonly doorway = {
    admit: (_request: unknown, go: () => void): EntryLimit | undefined => {
      if (this.full === undefined) go();
      return this.full;
    },
  };

  private constructor(bus: TestBus) {
    this.bus = bus;
    this.stats = new StatsChannel(bus.hub);
    this.overview = new Overview(
      bus.hub,
      {
        kind: 'memory',
        counts: this.#log.counts,
        directory: null,
        disk: undefined,
        mostBytes: LOG.bytes,
        mostAgeMs: LOG.ageMs,
        mostChannels: 100,
        mostReceiptBytes: 0,
      },
      this.stats,
    );
    this.status = statusOf({
      overview: this.overview,
      readiness: { waiting: () => bus.hub.unready, notes: () => [] },
      limits: () => [],
      zeromq: () => NO_ZEROMQ,
      nodes: () => [],
    });
    const slicer = new TimeSlicer((action) => setImmediate(action));
    this.sessions = new ObservedSessions(bus.hub, bus.hub.journal, slicer);
    this.explainer = new Explainer(bus.hub, this.#log, slicer);
    const native = { nativeSubscriptions: (channel: string) => (channel === 'native' ? 2 : 0) };
    this.channels = new ObservedChannels(this.#log.catalog, bus.hub, native, slicer);
  }

  static async over(bus: TestBus): Promise<TestApi> {
    const api = new TestApi(bus);
    onTestFinished(() => api.app.close());
    await addApi(api.app, {
      bus: bus.hub,
      events: new SecurityEvents({ warn: () => {} }, bus.clock),
      history: {
        page: (question) => api.#log.page(question),
        offsetBeforeTime: (timeMs) => api.#log.offsetBeforeTime(timeMs),
        droppedAt: (offset) => api.#log.droppedAt(offset),
      },
      doorway: api.doorway,
      callers: { of: (request) => ({ address: request.ip, isLocal: api.isLocal }) },
      bodyMs: 30_000,
      isDraining: () => api.isDraining,
      observing: {
        status: api.status,
        sessions: api.sessions,
        channels: api.channels,
        explainer: api.explainer,
        settings: () => ({ settings: [] }),
        endSession: (session) => void bus.hub.revoke({ session }),
        endElsewhere: (id) => api.elsewhere.delete(id) && api.endedElsewhere.push(id) > 0,
      },
    });
    return api;
  }

  get #log(): MemoryLog {
    return this.bus.late.inner as MemoryLog;
  }

  /** Turns the bus until the request is answered. */
  async ask(request: InjectOptions): Promise<LightMyRequestResponse> {
    let answer: LightMyRequestResponse | undefined;
    const asked = this.app.inject(request).then((response) => {
      answer = response;
    });
    while (!answer) await this.turn();
    await asked;
    return answer;
  }

  /** Lets what is under way go as far as it goes by itself. */
  async turn(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    await this.bus.settle();
  }

  put(query: string, payload: string, headers: Record<string, string> = {}): Promise<LightMyRequestResponse> {
    return this.ask({ method: 'POST', url: `/v1/put?${query}`, payload, headers });
  }
}
