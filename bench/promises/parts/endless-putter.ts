/**
 * Puts without end, at a steady rate, until its connection is closed: raw, because the client's own publisher would
 * wait for the next server when it is refused. `go <rate>` begins. `report`: what the puts came to.
 */

import { answer, plan, say } from '../../parts/part.ts';
import { pause, sharedMs } from '../clock.ts';
import { RawSession } from '../raw-session.ts';

export interface EndlessReport {
  readonly sent: number;
  /** Number of the last one accepted; they are numbered from 1. */
  readonly lastAccepted: number;
  readonly accepted: number;
  /** Number of the first one refused; 0: none. */
  readonly firstRefused: number;
  readonly refused: number;
  /** Codes of refusals. */
  readonly codes: readonly string[];
  readonly draining: boolean;
  /** ZeroMQ subscriptions that matched the last put that was accepted. */
  readonly nativeSubscriptions: number;
  readonly closeCode: number | null;
}

const { port, channel, bytes } = plan<{ port: number; channel: string; bytes: number }>();
const pad = 'x'.repeat(bytes);
const codes = new Set<string>();
let sent = 0;
let accepted = 0;
let lastAccepted = 0;
let refused = 0;
let firstRefused = 0;
let draining = false;
let nativeSubscriptions = 0;
let closeCode: number | null = null;

const session = new RawSession(port, {
  opened: () => ({}),
  control(message) {
    if ('welcome' in message) say({ ready: true });
    if ('draining' in message) draining = true;
    if ('accepted' in message) {
      const about = message.accepted as { put: number; channels: { nativeSubscriptions: number }[] };
      accepted++;
      lastAccepted = about.put;
      nativeSubscriptions = about.channels[0]?.nativeSubscriptions ?? 0;
    }
    if ('refused' in message) {
      const { put, code } = message.refused as { put: number; code: string };
      if (refused++ === 0) firstRefused = put;
      codes.add(code);
    }
  },
  publication: () => undefined,
  closed: (code) => {
    closeCode = code;
  },
});

async function putAll(rate: number): Promise<void> {
  const beganMs = sharedMs();
  while (session.isOpen) {
    const due = ((sharedMs() - beganMs) / 1_000) * rate;
    while (sent < due) {
      const id = ++sent;
      const put = JSON.stringify({ put: { id, channels: [channel] } });
      session.say(`${put}\n{"n":${id},"at":${sharedMs()},"pad":"${pad}"}`);
    }
    await pause(1);
  }
}

answer({
  go: (rate = 1) => {
    void putAll(rate);
    return {};
  },
  report: (): EndlessReport => ({
    sent,
    lastAccepted,
    accepted,
    firstRefused,
    refused,
    codes: [...codes],
    draining,
    nativeSubscriptions,
    closeCode,
  }),
});
