import type { AcceptedChannel, Confirmation, ConfirmedChannel, ZerospanError } from '@zerospan/shared';
import type { Identity } from '../../server/src/core/access/gate.ts';
import { Requester } from '../../server/src/core/access/requester.ts';
import type { Valve } from '../../server/src/core/pacing/pace.ts';
import { RequestSource } from '../../server/src/core/pacing/request-source.ts';
import type { PutRequest } from '../../server/src/core/putting/put-request.ts';
import { type PutAnswers, Putter } from '../../server/src/core/putting/putter.ts';
import type { TestBus } from './core.ts';
import { ALL, grants } from './grants.ts';

/** What became of a put, in short. */
export type Answer =
  | { readonly id: number; readonly accepted: readonly AcceptedChannel[] }
  | { readonly id: number; readonly refused: ZerospanError }
  | { readonly id: number; readonly confirmed: readonly ConfirmedChannel[] };

export class RecordedAnswers implements PutAnswers {
  readonly recorded: Answer[] = [];

  accepted(id: number, _time: number, channels: readonly AcceptedChannel[]): void {
    this.recorded.push({ id, accepted: channels });
  }

  refused(id: number, fault: ZerospanError): void {
    this.recorded.push({ id, refused: fault });
  }

  confirmed(id: number, { channels }: Confirmation): void {
    this.recorded.push({ id, confirmed: channels });
  }

  /** `1 accepted`, or with the code: `2 forbidden`. */
  get story(): string[] {
    return this.recorded.map((one) => {
      if ('refused' in one) return `${one.id} ${one.refused.code}`;
      return `${one.id} ${'accepted' in one ? 'accepted' : 'confirmed'}`;
    });
  }

  get offsets(): number[] {
    return this.recorded.flatMap((one) =>
      'accepted' in one ? one.accepted.map(({ offset }) => offset) : [],
    );
  }
}

/** A body that a request's puts are read from, which keeps what it is not to hand over. */
export class FakeBody implements Valve {
  isHeld = false;
  #kept: (() => void)[] = [];

  hold(): void {
    this.isHeld = true;
  }

  release(): void {
    this.isHeld = false;
    for (let next = this.#kept.shift(); next; next = this.isHeld ? undefined : this.#kept.shift()) next();
  }

  read(action: () => void): void {
    if (this.isHeld) this.#kept.push(action);
    else action();
  }
}

export const EVERYBODY: Identity = {
  subject: undefined,
  grants: grants({ subscribe: ALL, put: ALL, history: ALL, confirm: true }),
  expiresMs: undefined,
};

export function requesterOf(
  { hub }: TestBus,
  identity: Identity = EVERYBODY,
  address = '192.0.2.1',
): Requester {
  return new Requester(identity, { session: '', client: '', address }, hub.userOf(identity.subject, address));
}

/** A source of puts without a session, as a request over HTTP is. */
export function putterOf(bus: TestBus, requester = requesterOf(bus)) {
  const body = new FakeBody();
  const answers = new RecordedAnswers();
  const source = new RequestSource(body, requester.rateKey, bus.hub);
  const putter = new Putter(requester, source, answers, bus.hub);
  let ids = 0;
  const put = ({
    payload = '"x"',
    ...more
  }: Partial<Omit<PutRequest, 'payload'>> & { payload?: string } = {}) =>
    body.read(() =>
      putter.put({
        id: ++ids,
        key: undefined,
        channels: ['room'],
        confirm: undefined,
        ...more,
        payload: payload === '' ? undefined : Buffer.from(payload),
      }),
    );
  return { requester, body, answers, source, putter, put };
}
