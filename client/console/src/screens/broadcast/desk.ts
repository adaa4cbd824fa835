import { signal } from '@preact/signals';
import type { Bus, PutResult } from '@zerospan/client';
import type { Connection } from '../../data/connection.ts';
import { type Services, useServices } from '../../shell/services.ts';
import { type Order, type ReceiptKind, Sending } from './sending.ts';
import { groupsOn, type Shelf, sentOn, templatesOn } from './store.ts';

/** Broadcasts whose receipts are kept, and messages that can be taken again, at most: until the page is left. */
const KEPT_MOST = 20;

/** How long answers are waited for unless said otherwise, in s. */
const WAIT_S = 5;

/** What lies on the desk of one who broadcasts: it stays while another screen is shown. */
export class Desk {
  readonly targets = signal('');
  readonly text = signal('');
  readonly waitS = signal(WAIT_S);
  /** The newest first. */
  readonly sendings = signal<readonly Sending[]>([]);
  /** Messages of this visit, the newest first: they may be sensitive, and go with the page. */
  readonly texts = signal<readonly string[]>([]);
  readonly templates;
  readonly groups;
  readonly sent;
  readonly #connection: Connection;

  constructor(connection: Connection, shelf: Shelf | undefined) {
    this.#connection = connection;
    this.templates = templatesOn(shelf);
    this.groups = groupsOn(shelf);
    this.sent = sentOn(shelf);
  }

  send(bus: Bus, order: Order): Sending {
    // Noted when it is in the log, not when all have answered: the page may be left meanwhile.
    const sending = new Sending(bus, order, (result) => this.#note(result, order));
    this.sendings.value = [sending, ...this.sendings.peek()].slice(0, KEPT_MOST);
    this.texts.value = [order.text, ...this.texts.peek().filter((text) => text !== order.text)].slice(
      0,
      KEPT_MOST,
    );
    return sending;
  }

  #note({ epoch, time, channels: [place] }: PutResult, order: Order): void {
    if (place === undefined) return;
    const sender = this.#connection.claims.peek()?.subject;
    const { offset, channel } = place;
    this.sent.add({
      epoch,
      offset,
      time,
      channel,
      channels: order.channels.length,
      ...(sender !== undefined && { sender }),
    });
  }
}

/** One for each console and person: who signs in finds nothing of who was there before. */
const desks = new WeakMap<Services, { readonly token: string | undefined; readonly desk: Desk }>();

export function useDesk(): Desk {
  const services = useServices();
  const token = services.connection.token.value;
  const found = desks.get(services);
  if (found?.token === token && found !== undefined) return found.desk;
  const desk = new Desk(services.connection, shelfOf());
  desks.set(services, { token, desk });
  return desk;
}

/** What may be asked of the server, as far as the page can know it. */
export function receiptKindOf({ connection, stats }: Services): ReceiptKind {
  const grants = connection.claims.value?.grants;
  if (grants !== undefined) return grants.confirm === 'names' ? 'names' : grants.confirm ? 'counts' : 'none';
  // Without keys names belong to the server's own machine, as its state does. A token that only the server can read is
  // tried with the most.
  return connection.hasGate.value || stats.mayObserve.value !== false ? 'names' : 'counts';
}

/** A browser may refuse it, for one in a private window. */
function shelfOf(): Shelf | undefined {
  try {
    return localStorage;
  } catch {
    return undefined;
  }
}
