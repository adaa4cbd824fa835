import type { SubscribedBody } from '@zerospan/shared';

/**
 * Where a subscription stands. `waiting`: this connection's server has not said `subscribed` yet. `after` is the last
 * offset it has been given, undefined while it has had nothing; above `since`, up to `after` (or to now, when live), it
 * has been given everything that matches: a replay of the last n of each channel is complete only at its end.
 */
export type Stage =
  | {
      readonly name: 'waiting' | 'replaying';
      readonly after: number | undefined;
      readonly since: number;
      /**
       * While the history that it asked for is not over: the offset of its first `subscribed`, which it is counted
       * from.
       */
      readonly asOf?: number | undefined;
    }
  | { readonly name: 'live'; readonly start: number; readonly since: number }
  | { readonly name: 'ended' };

export const NEW: Stage = { name: 'waiting', after: undefined, since: Number.POSITIVE_INFINITY };

export function resumedFrom(after: number): Stage {
  return { name: 'waiting', after, since: after };
}

/** On `subscribed`. */
export function granted(stage: Stage, { offset, replaying }: SubscribedBody): Stage {
  if (stage.name !== 'waiting') return stage;
  if (!replaying) return { name: 'live', start: offset, since: Math.min(stage.since, offset) };
  // Granted before, it goes on with the same request, or from where it was.
  if (offsetOf(stage) !== undefined) return { ...stage, name: 'replaying' };
  // Everything above `offset` will come, whatever kind of replay it is.
  return { ...stage, name: 'replaying', since: Math.min(stage.since, offset), asOf: offset };
}

/** On a publication that was replayed to it. */
export function replayed(stage: Stage, offset: number): Stage {
  return stage.name === 'replaying' ? { ...stage, after: offset } : stage;
}

/** On `live`: the replay has caught up. */
export function caughtUp(stage: Stage, offset: number): Stage {
  if (stage.name !== 'replaying') return stage;
  return { name: 'live', start: offset, since: Math.min(stage.since, offset) };
}

/** When the connection has ended. One that was live had everything up to the bus's own offset. */
export function cut(stage: Stage, offset: number | undefined): Stage {
  if (stage.name === 'ended') return stage;
  if (stage.name !== 'live') return { ...stage, name: 'waiting' };
  const after = Math.max(stage.start, offset ?? 0);
  return { name: 'waiting', after, since: Math.min(stage.since, after) };
}

/** When the log is another one: of its publications none can have been seen. @param begins where it begins then */
export function renewed(stage: Stage, begins: number): Stage {
  return stage.name === 'waiting' && offsetOf(stage) !== undefined ? resumedFrom(begins) : stage;
}

/** The `after` that it resumes with in its epoch, if it has been granted there. */
export function offsetOf(stage: Stage): number | undefined {
  return stage.name === 'waiting' ? (stage.asOf ?? stage.after) : undefined;
}

/** The rule of the seam: an ordinary publication is for those who are live, above their own start. */
export function takes(stage: Stage, offset: number): boolean {
  return stage.name === 'live' && offset > stage.start;
}

/** Whether a publication that matches it and that is now replayed to another has surely been given to it. */
export function hasReceived(stage: Stage, offset: number, position: number): boolean {
  if (stage.name === 'ended' || offset <= stage.since) return false;
  if (stage.name === 'live') return offset <= Math.max(stage.start, position);
  return stage.after !== undefined && offset <= stage.after;
}
