import { mutated } from '../fuzz/mutate.ts';
import type { Parser } from '../fuzz/parser.ts';
import { clientMessage } from '../fuzz/parsers/client-message.ts';
import { Random } from '../support/random.ts';
import { closing, frame, helloFrame, OPCODE, RawWebSocket, text } from '../support/raw-websocket.ts';
import { many } from './resets.ts';

const { continuation, binary, ping, pong } = OPCODE;
const fragments = Buffer.concat([
  text('{"ack":', { fin: false }),
  frame({ opcode: continuation, payload: '1}' }),
]);

/** Frames that are right. Puts go to a channel of the server's own, so that none of them is kept. */
const FRAMES: Parser = {
  name: 'frames',
  seeds: [
    helloFrame(),
    ...clientMessage.seeds.filter((each) => !String(each).startsWith('{"put"')).map((each) => text(each)),
    text('{"put":{"id":1,"channels":["$own"],"confirm":{"timeoutMs":100}}}\n{"a":1}'),
    fragments,
    frame({ opcode: ping, payload: 'x' }),
    frame({ opcode: pong }),
    frame({ opcode: binary, payload: '{}' }),
    closing(1000, 'x'),
    text('x'.repeat(200)),
  ],
  // Heads of frames: opcodes, reserved bits, and lengths in 16 and 64 bits that are not true.
  words: [
    '\u0081~\u00ff\u00ff',
    '\u0089\u00fe',
    '\u0001\u00ff\u0000\u0000',
    '\u007f'.repeat(9),
    '\u0088\u0082',
  ],
  read: () => undefined,
};

/**
 * Gives each of so many connections one input of mutated frames, half of them after a welcome, and waits until the
 * server is done with it.
 */
export async function malformed(url: string, times: number, seed: number): Promise<void> {
  await many(times, async (n) => {
    const random = Random.of(seed, `malformed ${n}`);
    const client = n % 2 === 0 ? await RawWebSocket.asking(url) : await RawWebSocket.greeted(url);
    const over = new Promise<void>((resolve) => client.socket.once('close', () => resolve()));
    client.write(mutated(FRAMES, random));
    // Whoever still takes it for a frame answers; whoever waits for more gets no more.
    client.write(closing(1000));
    client.socket.end();
    await over;
  });
}
