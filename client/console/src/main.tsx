import './css/tokens.css';
import './css/base.css';
import './css/shell.css';
import './css/parts.css';
import { computed } from '@preact/signals';
import { render } from 'preact';
import { Api } from './data/api.ts';
import { Connection } from './data/connection.ts';
import { Stats } from './data/stats.ts';
import { SCREENS } from './screens.ts';
import { Announcer } from './shell/announcer.ts';
import { App } from './shell/app.tsx';
import { Keyboard } from './shell/keys/keyboard.ts';
import { Router } from './shell/router.ts';
import { type Services, ServicesContext } from './shell/services.ts';
import { Theme } from './shell/theme.ts';

const base = location.href.replace(/[?#].*$/, '');
const connection = new Connection(base);
const api = new Api(base, () => connection.token.peek());
const stats = new Stats(api, connection);
const services: Services = {
  connection,
  api,
  stats,
  router: new Router(),
  keyboard: new Keyboard(),
  announcer: new Announcer(),
  theme: new Theme(),
  screens: SCREENS,
  // What is not known yet is offered: the state of the server is asked for as soon as the connection is there.
  offered: computed(() =>
    SCREENS.filter(({ need }) => need !== 'observe' || stats.mayObserve.value !== false),
  ),
};

render(
  <ServicesContext.Provider value={services}>
    <App />
  </ServicesContext.Provider>,
  document.getElementById('console') as HTMLElement,
);
void connection.start();
