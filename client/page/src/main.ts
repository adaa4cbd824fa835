import { Bus, type Filter } from '@zerospan/client';
import { askAbout } from './about.ts';
import { Connection, sentences } from './connection.ts';
import { byId, make } from './dom.ts';
import { PutForm } from './put/put-form.ts';
import { Rate } from './rate.ts';
import { listen } from './tail/listening.ts';
import { Tail } from './tail/tail.ts';
import { filtersIn, TokenForm } from './token-form.ts';

/** How often the numbers in the header are brought up to date, in ms. */
const TICK_MS = 250;

/** Address that the command line uses by default. */
const DEFAULT_URL = 'http://127.0.0.1:8080/bus';

/** After these another token is of use. */
const TOKEN_CODES: readonly string[] = ['unauthorized', 'token-expired', 'revoked'];

// Beside the page, also below the path prefix of a reverse proxy.
const url = new URL('./bus', location.href).href;
if (url !== DEFAULT_URL)
  byId('try', HTMLElement).append(' ', make('span', '', '--url'), ' ', make('span', '', url));

const connection = new Connection();
const rate = new Rate();
const tail = new Tail();
const putForm = new PutForm(() => listening);
const tokenForm = new TokenForm((token) => open(filtersIn(token), token));
let bus: Bus | undefined;
let listening = false;

/** Connects, in place of any connection before: from where that one left off. */
function open(filters: Filter[], token?: string): void {
  const { position: resume } = bus ?? {};
  void bus?.close({ timeoutMs: 0 });
  listening = false;
  const opened = new Bus(url, {
    ...(token !== undefined && { token: () => token }),
    ...(resume && { resume }),
  });
  bus = opened;
  connection.use(opened);
  putForm.use(opened);
  const fault = (error: Error): void => {
    if (bus !== opened) return;
    connection.fault(error);
    const isOfToken = 'code' in error && TOKEN_CODES.includes(String(error.code));
    if (token === undefined || !(isOfToken || opened.state === 'closed')) return;
    connection.lacksToken();
    tokenForm.ask(sentences(error));
  };
  listen(opened, filters, resume !== undefined, {
    ready() {
      listening = bus === opened;
      tail.subscribed();
    },
    publication(publication, isPast) {
      if (!isPast) rate.add();
      tail.push({ kind: 'publication', publication }, isPast);
    },
    gap: (gap) => tail.push({ kind: 'gap', gap }),
    pastLacks: (text) => tail.push({ kind: 'note', text }),
    failed: fault,
  });
  opened.on('error', fault);
}

setInterval(() => {
  rate.tick();
  connection.tick();
}, TICK_MS);

void askAbout().then(({ authentication, insecure }) => {
  const lacking = byId('insecure', HTMLElement);
  lacking.hidden = insecure.length === 0;
  byId('insecure-lacks', HTMLElement).replaceChildren(...insecure.map((each) => make('li', '', each)));
  if (authentication) {
    connection.lacksToken();
    tokenForm.ask();
  } else {
    open(['']);
  }
});
