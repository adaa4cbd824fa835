// What a page runs: bundled by test/browser/failing-connections.test.ts, with the browser's own client and WebSocket.
import { Bus } from '@zerospan/client';

/** What the client says first of a connection that fails. */
export function said(url: string): Promise<{ code: string; message: string; remedy: string }> {
  const bus = new Bus(url);
  return new Promise((resolve) => {
    bus.on('error', ({ code, message, remedy }) => {
      resolve({ code, message, remedy });
      void bus.close({ timeoutMs: 0 });
    });
  });
}
