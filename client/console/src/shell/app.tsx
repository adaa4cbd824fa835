import { useEffect, useRef, useState } from 'preact/hooks';
import { Identity } from './access/identity.tsx';
import { SignIn } from './access/sign-in.tsx';
import { KeyList } from './keys/key-list.tsx';
import type { Key } from './keys/keyboard.ts';
import { useKeys } from './keys/use-keys.ts';
import { Navigation } from './navigation.tsx';
import { NotGuarded, Notice } from './notice.tsx';
import { ScreenFrame } from './screen-frame.tsx';
import { useServices } from './services.ts';
import { StatusBar } from './status-bar.tsx';

/** The frame around all screens. */
export function App() {
  const { connection, router, announcer, keyboard, screens, ...services } = useServices();
  const main = useRef<HTMLElement>(null);
  const [keys, setKeys] = useState<readonly Key[]>();
  const offered = services.offered.value;
  const showKeys = (): void => setKeys(keyboard.keys);
  useKeys([
    { key: '?', what: 'This list', run: showKeys },
    ...offered.map(({ name, title, key }) => ({
      key: `g ${key}`,
      what: `Go to ${title}`,
      run: () => router.go(name),
    })),
  ]);
  const screen = screens.find(({ name }) => name === router.screen.value);
  const first = offered[0]?.name;
  useEffect(() => {
    if (screen === undefined && first !== undefined) router.correct(first);
  }, [router, screen, first]);
  const title = screen?.title;
  useEffect(() => {
    document.title = title === undefined ? 'Zerospan' : `${title} · Zerospan`;
  }, [title]);
  const needsToken = connection.standing.value === 'needs-token';
  return (
    <div class="shell">
      <button type="button" class="skip" onClick={() => main.current?.focus()}>
        Skip to the content
      </button>
      <NotGuarded />
      <header class="top">
        <Navigation showKeys={showKeys} />
        <div class="bar">
          <StatusBar />
          <Identity />
        </div>
      </header>
      <Notice />
      <main class="content" ref={main} tabIndex={-1}>
        {needsToken ? <SignIn /> : screen && <ScreenFrame screen={screen} />}
      </main>
      {keys && <KeyList keys={keys} onClose={() => setKeys(undefined)} />}
      <p class="visually-hidden" role="status" aria-live="polite">
        {announcer.words}
      </p>
    </div>
  );
}
