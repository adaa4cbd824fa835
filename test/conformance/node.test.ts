import { Bus } from '@zerospan/client';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { WebSocket } from 'ws';
import type { RunningServer } from '../../server/src/compose.ts';
import { openServer } from '../support/server.ts';
import { cases } from './cases.ts';

/** The WebSocket of a running server to test instead of one of its own: `ws://127.0.0.1:8080/bus`. */
const given = process.env.ZEROSPAN_TEST_URL;

describe('the protocol, from Node', () => {
  let server: RunningServer | undefined;

  beforeAll(async () => {
    if (given === undefined) server = await openServer();
  });
  afterAll(() => server?.stop());

  for (const each of cases) {
    it(each.title, () => each.run({ url: given ?? (server as RunningServer).ws, Bus, WebSocket }));
  }
});
