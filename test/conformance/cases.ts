import { ackCases } from './acks.ts';
import { clientCases } from './client.ts';
import { faultCases } from './faults.ts';
import { helloCases } from './hello.ts';
import { putCases } from './puts.ts';
import { receiptCases } from './receipts.ts';
import { replayCases } from './replay.ts';
import type { Case } from './scene.ts';
import { subscriptionCases } from './subscriptions.ts';

/**
 * What a server and a client of `zerospan.v1` do, as PROTOCOL.md says it. They use the WebSocket protocol and
 * @zerospan/client alone, nothing of Node, so that the same cases run in Node, in a browser, and against any server.
 */
export const cases: readonly Case[] = [
  ...helloCases,
  ...subscriptionCases,
  ...replayCases,
  ...putCases,
  ...faultCases,
  ...ackCases,
  ...receiptCases,
  ...clientCases,
];
