import { Bus } from '@zerospan/client';
import { Connection } from './connection.ts';
import { PutForm } from './put-form.ts';
import { Rate } from './rate.ts';
import { Tail } from './tail.ts';

/** How often the numbers in the header are brought up to date, in ms. */
const TICK_MS = 250;

/** The bus is beside the page, also below the path prefix of a reverse proxy. */
function busUrl(): string {
  const url = new URL('./bus', location.href);
  url.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:';
  url.search = '';
  url.hash = '';
  return url.href;
}

const bus = new Bus(busUrl());
const connection = new Connection(bus);
const rate = new Rate();
const tail = new Tail();

const everything = bus.subscribe('');
let listening = false;
everything.ready.then(
  () => (listening = true),
  (error: Error) => connection.fault(error),
);
everything.on('publication', (publication) => {
  rate.add();
  tail.push({ kind: 'publication', publication });
});
everything.on('gap', (gap) => tail.push({ kind: 'gap', gap }));
bus.on('error', (error) => connection.fault(error));

new PutForm(bus, () => listening);
setInterval(() => {
  rate.tick();
  connection.tick();
}, TICK_MS);
