import { Bus } from '@zerospan/client';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { WebSocket } from 'ws';
import { openServer } from '../support/server.ts';
import { cases } from './cases.ts';

/** The WebSocket of a running server to test instead of one of its own: `ws://127.0.0.1:8080/bus`. */
const given = process.env.ZEROSPAN_TEST_URL;

describe('the protocol, from Node', () => {
  let url: string;
  let stop: () => Promise<void> = async () => {};

  beforeAll(async () => {
    if (given !== undefined) {
      url = given;
      return;
    }
    const server = await openServer();
    ({ ws: url, stop } = server);
  });
  afterAll(() => stop());

  for (const { title, run } of cases) it(title, () => run({ url, Bus, WebSocket }));
});
