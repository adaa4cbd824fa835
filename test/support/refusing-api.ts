import { ZerospanError } from '@zerospan/shared';
import { onTestFinished } from 'vitest';
import { allowAll } from '../../server/src/core/access/gate.ts';
import { TestApi } from './api.ts';
import { TestBus } from './core.ts';

/** Why an API refuses for now. */
export const FOR_NOW = ['too-many-connections', 'draining', 'key-not-known'] as const;

/** A real HTTP server that refuses requests for events until the test admits them. */
export class RefusingApi {
  readonly url: string;
  readonly #api: TestApi;
  readonly #admit: () => void;

  private constructor(api: TestApi, url: string, admit: () => void) {
    this.#api = api;
    this.url = url;
    this.#admit = admit;
  }

  static async open(why: (typeof FOR_NOW)[number]): Promise<RefusingApi> {
    let isKnown = why !== 'key-not-known';
    const admit = () => {
      if (!isKnown) throw new ZerospanError('key-not-known');
      return allowAll.admit(undefined, { session: '', client: '', address: '' });
    };
    const api = await TestApi.over(new TestBus({ gate: { admit } }));
    api.isDraining = why === 'draining';
    api.full = why === 'too-many-connections' ? 'connections' : undefined;
    api.app.get('/', (_request, reply) => reply.type('text/html').send('<!doctype html><title>test</title>'));
    api.app.server.keepAliveTimeout = 1;
    await api.app.listen({ host: '127.0.0.1', port: 0 });
    const { port } = api.app.server.address() as { port: number };
    const turning = setInterval(() => void api.turn(), 10);
    onTestFinished(() => {
      clearInterval(turning);
      api.app.server.closeAllConnections();
    });
    return new RefusingApi(api, `http://127.0.0.1:${port}/`, () => {
      isKnown = true;
    });
  }

  admit(): void {
    this.#admit();
    this.#api.isDraining = false;
    this.#api.full = undefined;
  }
}
