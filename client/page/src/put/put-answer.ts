import type { PutResult } from '@zerospan/client';
import { ZerospanError } from '@zerospan/shared';
import { byId, make } from '../dom.ts';
import { plural, timeOfDay } from '../format.ts';

type ChannelResult = PutResult['channels'][number];

/** What came of a put. The verdict is read out to those who listen to the page; a table of 1,000 channels is not. */
export class PutAnswer {
  readonly #verdict = byId('verdict', HTMLElement);
  readonly #answers = byId('answers', HTMLElement);

  pending(live: boolean): void {
    const words = live
      ? 'Putting…'
      : 'Waiting for the connection. The message goes out as soon as it is back.';
    this.#show([make('p', 'verdict', words)]);
  }

  /** @param own whether this page itself is one of the sessions counted */
  accepted({ channels, time }: PutResult, own: boolean): void {
    const words = make('p', 'verdict good', `Accepted on ${plural(channels.length, 'channel')}`);
    words.append(make('span', 'at', timeOfDay(time)));
    this.#show([words], tableOf(channels, own));
  }

  /** A refusal: its code, what went wrong, what to do. */
  refused(error: unknown): void {
    const known = error instanceof ZerospanError;
    const words = make(
      'p',
      'verdict bad',
      'Not accepted',
      ' ',
      make('code', 'code', known ? error.code : 'failed'),
    );
    const reason = make('p', 'reason', error instanceof Error ? error.message : String(error));
    this.#show(known ? [words, reason, make('p', 'remedy', error.remedy)] : [words, reason]);
  }

  #show(words: Node[], ...table: Node[]): void {
    this.#verdict.replaceChildren(...words);
    this.#answers.replaceChildren(...table);
  }
}

function tableOf(channels: readonly ChannelResult[], own: boolean): HTMLTableElement {
  const titles = ['Channel', 'Offset', 'Sessions', 'ZeroMQ'].map((title, column) => {
    const cell = make('th', column > 0 ? 'number' : '', title);
    cell.scope = 'col';
    return cell;
  });
  const rows = channels.map((channel) => rowOf(channel, own));
  return make('table', '', make('thead', '', make('tr', '', ...titles)), make('tbody', '', ...rows));
}

function rowOf(result: ChannelResult, own: boolean): HTMLTableRowElement {
  const name = make('th', 'name', make('span', 'channel', result.channel));
  name.scope = 'row';
  const alone = loneliness(result, own);
  if (alone !== undefined) name.append(' ', make('span', 'tag', alone));
  const numbers = [result.offset, result.sessions, result.nativeSubscriptions];
  return make('tr', '', name, ...numbers.map((number) => make('td', 'number', String(number))));
}

/** This page hears every channel, so it must not pass for a listener. */
function loneliness({ sessions, nativeSubscriptions }: ChannelResult, own: boolean): string | undefined {
  const all = sessions + nativeSubscriptions;
  if (all === 0) return 'nobody listens';
  return own && sessions === 1 && all === 1 ? 'only this page listens' : undefined;
}
