import { type Dialect, type Dialogue, type Tally, WebSocketCarrier } from 'zerospan/load';

const BRACE = 0x7b;

/** The first letter of a control frame's name, behind `{"`: `{"subscribed":true}`, and `{"accepted":…}` for a put. */
const NAME_AT = 2;
const SUBSCRIBED = 's'.charCodeAt(0);

/**
 * The least that a protocol can be: text frames that are `channel SP json`, and for control such that begin with `{`. A
 * channel whose name begins with `{` would be taken for control.
 */
export class PlainDialect implements Dialect {
  readonly carrier = new WebSocketCarrier();
  readonly #subscribes: boolean;

  /**
   * @param subscribes says the channels, as a JSON array; otherwise the server sends everything to everybody, and the
   * client sends nothing
   */
  constructor({ subscribes }: { readonly subscribes: boolean }) {
    this.#subscribes = subscribes;
  }

  begin(say: (text: string) => void, channels: readonly string[], tally: Tally, ready: () => void): Dialogue {
    const subscribes = this.#subscribes;
    return {
      opened() {
        if (subscribes) say(JSON.stringify(channels));
        else ready();
      },
      message(data, at, end) {
        if (data[at] !== BRACE) tally.publication(data, end);
        else if (data[at + NAME_AT] === SUBSCRIBED) ready();
      },
      tick() {},
    };
  }
}
