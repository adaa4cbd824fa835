import type { Screen } from './shell/screen.ts';

/** In the order of the navigation. */
export const SCREENS: readonly Screen[] = [
  {
    name: 'overview',
    title: 'Overview',
    key: 'o',
    what: 'Is anything lost, slow or refused',
    need: 'observe',
    load: () => import('./screens/overview/index.tsx'),
  },
  {
    name: 'channels',
    title: 'Channels',
    key: 'c',
    what: 'What each channel holds, and who listens',
    load: () => import('./screens/channels/index.tsx'),
  },
  {
    name: 'messages',
    title: 'Messages',
    key: 'm',
    what: 'What goes over the bus, now and before',
    load: () => import('./screens/messages/index.tsx'),
  },
  {
    name: 'votes',
    title: 'Votes',
    key: 'v',
    what: 'Ask a question, and count what the channels answer',
    load: () => import('./screens/votes/index.tsx'),
  },
  {
    name: 'broadcast',
    title: 'Broadcast',
    key: 'b',
    what: 'Send a message to many channels, and see who has it',
    load: () => import('./screens/broadcast/index.tsx'),
  },
  {
    name: 'clients',
    title: 'Clients',
    key: 'l',
    what: 'Who is connected, and what each is given',
    need: 'observe',
    load: () => import('./screens/clients/index.tsx'),
  },
  {
    name: 'explain',
    title: 'Explain, settings',
    key: 'e',
    what: 'Why a client has a message or has not, and what the server runs with',
    need: 'observe',
    load: () => import('./screens/explain/index.tsx'),
  },
];
