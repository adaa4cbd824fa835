// What a page runs: bundled by test/browser/conformance.test.ts, with the browser's own client and WebSocket.
import { Bus } from '@zerospan/client';
import { cases } from './cases.ts';

/** Runs one case, by its place in the list, against the server of the page. */
export function run(place: number): Promise<void> {
  const url = new URL('bus', location.href.replace(/^http/, 'ws')).href;
  const one = cases[place];
  if (one === undefined) throw new Error(`there is no case ${place}`);
  return one.run({ url, Bus, WebSocket });
}
