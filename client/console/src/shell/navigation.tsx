import { useEffect, useRef, useState } from 'preact/hooks';
import favicon from '../../favicon.svg';
import { hrefOf } from './router.ts';
import { useServices } from './services.ts';
import { THEMES, type ThemeName } from './theme.ts';

/** The way to the screens: a column at the side, or behind a button where there is no room for one. */
export function Navigation({ showKeys }: { readonly showKeys: () => void }) {
  const { router, stats, offered, connection } = useServices();
  const [isOpen, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const visits = router.visits.value;
  // A visit closes the menu that led to it
  useEffect(() => setOpen(false), [visits]);
  const screens = connection.standing.value === 'needs-token' ? [] : offered.value;
  const version = stats.status.value?.version;
  return (
    <>
      <p class="brand">
        <img src={favicon} alt="" width="24" height="24" />
        <span>Zerospan</span>
      </p>
      <button
        type="button"
        class="menu-button"
        ref={button}
        aria-expanded={isOpen}
        aria-controls="navigation"
        onClick={() => setOpen(!isOpen)}
      >
        Menu
      </button>
      <nav
        id="navigation"
        class={isOpen ? 'navigation open' : 'navigation'}
        aria-label="Screens"
        onKeyDown={(event) => {
          if (event.key !== 'Escape' || !isOpen) return;
          setOpen(false);
          button.current?.focus();
        }}
      >
        <ul>
          {screens.map(({ name, title, key, what }) => (
            <li key={name}>
              <a
                href={hrefOf(name)}
                title={what}
                {...(router.screen.value === name && { 'aria-current': 'page' as const })}
              >
                {title}
                <span class="nav-key" aria-hidden="true">
                  g {key}
                </span>
              </a>
            </li>
          ))}
        </ul>
        <div class="navigation-end">
          <ThemeChoice />
          <p class="links">
            <button type="button" class="link" onClick={showKeys}>
              Keys
            </button>
            {/* A link brings no token: it works on the machine of a server without keys. */}
            {stats.mayObserve.value === true && !connection.hasGate.value && <a href="./metrics">Metrics</a>}
            <a href="./openapi.json">OpenAPI</a>
          </p>
          {version !== undefined && <p class="version">Version {version}</p>}
        </div>
      </nav>
    </>
  );
}

function ThemeChoice() {
  const { theme } = useServices();
  return (
    <label class="theme">
      Theme
      <select value={theme.chosen} onChange={(event) => theme.choose(event.currentTarget.value as ThemeName)}>
        {THEMES.map((name) => (
          <option key={name} value={name}>
            {name === 'system' ? 'As the system' : name === 'light' ? 'Light' : 'Dark'}
          </option>
        ))}
      </select>
    </label>
  );
}
