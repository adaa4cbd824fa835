import { EventEmitter } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { Writable } from 'node:stream';
import { LineWriter } from '../../../server/src/line-writer.ts';
import { LogThrottle } from '../../../server/src/log-throttle.ts';
import { Admission } from '../../../server/src/web/entry/admission.ts';
import { ConnectionLimiter } from '../../../server/src/web/entry/connection-limiter.ts';
import { Pipelining, UNANSWERED_REQUESTS } from '../../../server/src/web/entry/pipelining.ts';
import { type BoundCase, times } from '../../support/bound-case.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const turns = async (): Promise<void> => {
  for (let i = 0; i < 20; i++) await new Promise(setImmediate);
};

/** Sockets, handshakes, requests, and lines of the log. */
export const webBounds: readonly BoundCase[] = [
  {
    row: 'WebSockets and streams of events; from one address',
    what: 'places, and what is counted by address',
    open() {
      const limiter = new ConnectionLimiter(20, 4);
      let sockets: Socket[] = [];
      const enter = (address: string): void => {
        const socket = new Socket();
        sockets.push(socket);
        limiter.enter(socket, () => address);
      };
      return {
        kept: () => ({ places: limiter.size, objects: limiter.kept }),
        fill: () => {
          for (let i = 0; i < 5; i++) times(4, () => enter(`192.0.2.${i}`));
        },
        // One object for each network, and one for each of its connections.
        atBound: { places: 20, objects: 25 },
        more: () => {
          times(3, () => enter('192.0.2.1'));
          enter('198.51.100.1');
        },
        letGo: async () => {
          const gone = sockets.map((socket) => EventEmitter.once(socket, 'close'));
          for (const socket of sockets) socket.destroy();
          sockets = [];
          await Promise.all(gone);
        },
      };
    },
  },
  {
    row: 'handshakes a second; those that wait for one',
    what: 'handshakes at once after a rest, and those that wait',
    async open() {
      const clock = new ManualClock();
      const admission = new Admission(10, clock);
      let admitted = 0;
      const enter = (): boolean => admission.enter(() => admitted++);
      return {
        kept: () => ({ admitted, waiting: admission.waiting, timers: clock.pending }),
        fill: async () => {
          times(90, enter);
          await turns();
        },
        atBound: { admitted: 40, waiting: 50, timers: 1 },
        more: () => times(10, enter),
        letGo: async () => {
          for (let i = 0; i < 200; i++) {
            clock.advance(1_000);
            await turns();
          }
          admitted = 0;
        },
      };
    },
  },
  {
    row: 'requests of one connection that are unanswered',
    what: 'requests, until each is answered',
    open() {
      let responses: EventEmitter[] = [];
      let handled = 0;
      const handler = new Pipelining().bound(() => handled++);
      const socket = new Socket();
      const request = (): void => {
        const response = new EventEmitter();
        responses.push(response);
        handler({ socket } as IncomingMessage, response as ServerResponse);
      };
      return {
        kept: () => ({ handled, isClosed: Number(socket.destroyed) }),
        fill: () => times(UNANSWERED_REQUESTS, request),
        atBound: { handled: UNANSWERED_REQUESTS, isClosed: 0 },
        letGo: () => {
          for (const response of responses) response.emit('close');
          responses = [];
          handled = 0;
        },
      };
    },
  },
  {
    row: 'lines of the log that wait for a reader of stderr',
    what: 'bytes, until the reader goes on',
    open() {
      let taken: (() => void)[] = [];
      const stream = new Writable({
        highWaterMark: 1,
        write: (_chunk, _encoding, done) => taken.push(done),
      });
      const writer = new LineWriter(stream, (lost) => `${lost} lines were lost\n`);
      const line = `${'x'.repeat(16 * 1_024 - 1)}\n`;
      const most = 1_024 * 1_024 + line.length;
      return {
        kept: () => ({ bytes: stream.writableLength }),
        fill: () => times(70, () => writer.write(line)),
        atBound: { bytes: most },
        more: () => times(10, () => writer.write(line)),
        letGo: async () => {
          while (taken.length > 0) {
            const all = taken;
            taken = [];
            for (const done of all) done();
            await turns();
          }
          // Lines were lost, and the next one that is written says so.
          writer.write('');
          for (const done of taken.splice(0)) done();
          await turns();
        },
      };
    },
  },
  {
    row: 'lines of one security event in ten seconds; the same line in a minute',
    what: 'lines of all sources, and of one',
    open() {
      const clock = new ManualClock();
      const throttle = new LogThrottle(clock);
      let [lines, ofOne] = [0, 0];
      const occur = (source: string, same?: string): boolean => throttle.due(same, source) !== undefined;
      return {
        kept: () => ({ lines, ofOne }),
        fill: () => {
          for (let i = 0; i < 10; i++) if (occur('one', `line ${i}`)) ofOne++;
          lines = ofOne;
          for (let i = 0; i < 10; i++) if (occur(`source ${i}`)) lines++;
        },
        atBound: { lines: 7, ofOne: 5 },
        more: () => {
          for (let i = 0; i < 10; i++) if (occur(`another ${i}`)) lines++;
        },
        letGo: () => {
          clock.advance(60_000);
          [lines, ofOne] = [0, 0];
        },
      };
    },
  },
];
