import { decodeServerFrame } from '@zerospan/shared';
import { broken, type Parser } from '../parser.ts';

export const SERVER_FRAMES = [
  '1042 1795458000123 vote.room1 {"choice":"yes"}',
  '7 0 ü null',
  '{"welcome":{"session":"s1","epoch":"e1","resumed":false,"from":0,"head":0,"beatMs":20000,"silenceMs":30000,"retrySpreadMs":500,"limits":{"windowBytes":1048576}}}',
  '{"subscribed":{"id":1,"offset":3,"replaying":true}}',
  '{"replay":{"subscription":1,"count":2}}',
  '{"live":{"subscription":1,"offset":4}}',
  '{"accepted":{"id":1,"time":1795458000123,"channels":[{"channel":"a","offset":5,"sessions":1,"nativeSubscriptions":0}]}}',
  '{"accepted":{"put":1,"time":1,"channels":[{"channel":"a","offset":5,"sessions":1,"nativeSubscriptions":0}]}}',
  '{"confirmed":{"put":1,"channels":[{"channel":"a","offset":5,"confirmed":1,"skipped":0,"unanswered":0}]}}',
  // Found by fuzzing: close() rejected for it.
  '{"accepted":{"put":1,"code":"draining"}}',
  '{"accepted":{"put":1,"channels":[null]}}',
  '{"confirmed":{"id":1,"channels":[{"channel":"a","offset":5,"confirmed":1,"skipped":0,"unanswered":0}]}}',
  '{"refused":{"put":1,"code":"draining","reason":"r","remedy":"m","retry":true}}',
  '{"refused":{"subscription":1,"code":"bad-filter","reason":"r","remedy":"m","retry":false}}',
  '{"gap":{"subscriptions":[1],"reason":"retention","from":1,"to":4,"missed":null}}',
  '{"gap":{"channel":"a","reason":"upstream","from":5,"to":5,"missed":2}}',
  '{"beat":{"offset":9}}',
  '{"beat":{"offset":9,"retrySpreadMs":500,"logAwayMs":2112}}',
  '{"pong":{"id":1}}',
  '{"draining":{"comeBackMs":100}}',
  '{"error":{"code":"bad-message","reason":"r","remedy":"m","retry":false}}',
  '{"later":{"version":2}}',
];

export const SERVER_WORDS = [
  '"id":',
  '"offset":',
  '"subscription":',
  '"count":',
  '"epoch":',
  '"channels":',
  '"limits":',
  ' ',
];

/** One frame of the server, as the client decodes it. */
export const serverFrame: Parser = {
  name: 'server-frame',
  seeds: SERVER_FRAMES,
  words: SERVER_WORDS,
  read(bytes) {
    try {
      const frame = decodeServerFrame(bytes.toString());
      if (frame.kind === 'publication' && !Number.isSafeInteger(frame.publication.offset))
        broken('an offset is exact');
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
    }
  },
};
