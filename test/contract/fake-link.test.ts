import { LIMITS } from '@zerospan/shared';
import type { Hub } from '../../server/src/core/hub.ts';
import { FakeClient } from '../support/core.ts';
import { netstrings, type Spoken, webSocket } from '../support/encodings.ts';
import { entryOf } from '../support/zeromq.ts';
import { type LinkUnderTest, linkContract, Recorder } from './link.contract.ts';

/** The test plays the socket of this link: it says when there is room and when all is over. */
function fake(spoken: Spoken): LinkUnderTest {
  const recorder = new Recorder();
  const hub = { limits: LIMITS, open: () => recorder };
  const client = new FakeClient(hub as unknown as Hub, '', spoken);
  const { link } = client;
  link.keeps = true;
  let isOver = false;
  const end = (): void => {
    if (isOver) return;
    isOver = true;
    link.close(1_000);
    client.conversation.closed();
  };
  return {
    link,
    recorder,
    get texts() {
      return link.texts;
    },
    get isOver() {
      if (link.closedWith !== undefined) end();
      return isOver;
    },
    pings: (...ids) => {
      link.living = true;
      for (const id of ids) client.say({ ping: { id } });
    },
    carried: () => Promise.resolve(),
    fill: () => {
      link.fullAfter = 1;
      link.sendNow(link.encoding.encode([entryOf('full', '1')]));
    },
    drain: () => client.room(),
    quiet: () => {
      link.living = false;
    },
    hangUp: end,
  };
}

linkContract('the fake of the core’s tests', () => Promise.resolve(fake(webSocket)));
linkContract('the fake, with another encoding', () => Promise.resolve(fake(netstrings)));
