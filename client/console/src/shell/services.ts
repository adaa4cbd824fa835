import type { ReadonlySignal } from '@preact/signals';
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Api } from '../data/api.ts';
import type { Connection } from '../data/connection.ts';
import type { Stats } from '../data/stats.ts';
import type { Announcer } from './announcer.ts';
import type { Keyboard } from './keys/keyboard.ts';
import type { Router } from './router.ts';
import type { Screen } from './screen.ts';
import type { Theme } from './theme.ts';

/** What there is one of, for all screens. */
export interface Services {
  readonly connection: Connection;
  readonly api: Api;
  readonly stats: Stats;
  readonly router: Router;
  readonly keyboard: Keyboard;
  readonly announcer: Announcer;
  readonly theme: Theme;
  /** The screens that there are. */
  readonly screens: readonly Screen[];
  /** Those that the person may use: a link to another one is not shown. */
  readonly offered: ReadonlySignal<readonly Screen[]>;
}

/** Whether the person may use a screen. */
export function isOffered({ offered }: Services, screen: string): boolean {
  return offered.value.some(({ name }) => name === screen);
}

export const ServicesContext = createContext<Services | undefined>(undefined);

export function useServices(): Services {
  const services = useContext(ServicesContext);
  if (services === undefined) throw new Error('A component is used outside of the console');
  return services;
}
