import type { ServerSettings, ServerStatus } from '@zerospan/shared';
import type { FastifyInstance } from 'fastify';
import type { ObservedChannels } from '../../../../core/observing/channels.ts';
import type { Explainer } from '../../../../core/observing/explain/explainer.ts';
import type { ObservedSessions } from '../../../../core/observing/sessions.ts';
import { addChannels } from './channels.ts';
import { addExplain } from './explain.ts';
import { adminsOnly, observersOnly, type RightOptions } from './observers.ts';
import { addSessionEnd, addSessions } from './sessions.ts';
import { addSettings } from './settings.ts';
import { addStatus } from './status.ts';
import { ReadsUnderWay } from './under-way.ts';

/** What operators read, and may end. */
export interface ObservingSources {
  readonly sessions: Pick<ObservedSessions, 'page' | 'detail' | 'idOf'>;
  readonly channels: Pick<ObservedChannels, 'page' | 'detail'>;
  readonly explainer: Pick<Explainer, 'explain'>;
  /** What the server runs with. */
  readonly settings: () => ServerSettings;
  /** Ends a session for good, as a revocation does. */
  readonly endSession: (id: string) => void;
  /** The same of one that this server does not have; false: no other one can have it either. */
  readonly endElsewhere: (id: string) => boolean;
}

/** Adds the routes for operators, each with the right that it needs. */
export async function addObserving(
  scope: FastifyInstance,
  sources: ObservingSources & { readonly status: () => ServerStatus },
  rights: RightOptions,
): Promise<void> {
  const parts = { ...sources, underWay: new ReadsUnderWay(), requesterOf: rights.requesterOf };
  await scope.register(async (observed) => {
    observersOnly(observed, rights);
    addStatus(observed, sources.status);
    addSettings(observed, sources.settings);
    addSessions(observed, parts);
    addChannels(observed, parts);
    addExplain(observed, parts);
  });
  await scope.register(async (ended) => {
    adminsOnly(ended, rights);
    addSessionEnd(ended, parts);
  });
}
