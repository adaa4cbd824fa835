import { Bus } from '@zerospan/client';
import { Connection } from './connection.ts';
import { byId } from './dom.ts';
import { PutForm } from './put-form.ts';
import { Rate } from './rate.ts';
import { Tail } from './tail.ts';

/** How often the numbers in the header are brought up to date, in ms. */
const TICK_MS = 250;

/** Where the command line looks when it is not told. */
const DEFAULT_URL = 'http://127.0.0.1:8080/bus';

// Beside the page, also below the path prefix of a reverse proxy.
const url = new URL('./bus', location.href).href;
if (url !== DEFAULT_URL) byId('try', HTMLElement).append(` --url ${url}`);

const bus = new Bus(url);
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
