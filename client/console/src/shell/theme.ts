import { signal } from '@preact/signals';

export const THEMES = ['system', 'light', 'dark'] as const;
export type ThemeName = (typeof THEMES)[number];

const PLACE = 'zerospan.theme';

/** Light or dark, as the system has it or as the person chose. */
export class Theme {
  readonly chosen = signal<ThemeName>(
    THEMES.find((name) => name === localStorage.getItem(PLACE)) ?? 'system',
  );

  constructor() {
    this.#apply();
  }

  choose(name: ThemeName): void {
    this.chosen.value = name;
    localStorage.setItem(PLACE, name);
    this.#apply();
  }

  #apply(): void {
    document.documentElement.dataset.theme = this.chosen.peek();
  }
}
