import { CODES, LIMITS, ZerospanError } from '@zerospan/shared';
import { decodeClientMessage } from '../../../server/src/web/socket/messages.ts';
import { broken, type Parser } from '../parser.ts';

/** What a client says to the server. */
export const clientMessage: Parser = {
  name: 'client-message',
  seeds: [
    '{"hello":{"protocol":"zerospan.v1","client":"abcdefgh-1","name":"n","token":"t","acks":true,"connection":1,"epoch":"e","subscriptions":[{"id":1,"channels":["a"],"after":7}]}}',
    '{"subscribe":{"id":2,"channels":["room1"],"prefixes":["vote."],"replay":{"since":{"epoch":"e","offset":3}},"onLag":"latest"}}',
    '{"subscribe":{"id":3,"prefixes":[""],"replay":{"last":5}}}',
    '{"subscribe":{"id":4,"channels":["ü😀"],"replay":{"sinceMs":1000},"onLag":"close"}}',
    '{"unsubscribe":{"id":2,"channels":["room1"]}}',
    '{"put":{"id":1,"channels":["room1","room2"],"againMs":5,"confirm":{"timeoutMs":100,"who":true}}}\n{"a":[1,null,"x"]}',
    '{"put":{"id":2,"channels":["room1"]}}\nnull',
    '{"ack":{"offset":12,"bytes":3456}}',
    '{"auth":{"token":"a.b.c"}}',
    '{"ping":{"id":7}}',
    '{"subscribe":{"id":5,"channels":["a"],"prefixes":null,"replay":{"last":1,"since":null},"after":9,"replayed":3}}\n',
  ],
  words: [
    ...[
      'hello',
      'subscribe',
      'unsubscribe',
      'put',
      'ack',
      'auth',
      'ping',
      'protocol',
      'client',
      'name',
      'subscriptions',
    ],
    ...[
      'id',
      'channels',
      'prefixes',
      'replay',
      'since',
      'last',
      'sinceMs',
      'after',
      'replayed',
      'onLag',
      'confirm',
      'timeoutMs',
      'who',
    ],
  ].map((word) => `"${word}":`),
  read(bytes) {
    const incoming = decodeClientMessage(bytes, LIMITS);
    if (incoming.kind === 'message') {
      if (Object.keys(incoming.message).length !== 1) broken('a message has one key');
      return;
    }
    const { fault } = incoming;
    if (!(fault instanceof ZerospanError) || !(fault.code in CODES)) broken('a fault has a code');
    if (JSON.stringify({ reason: fault.message }).length > 10_000) broken('a reason is short');
  },
};
