import type { Page } from 'playwright-core';

/** Goes to what has this name by the Tab key, forwards, as one does who has no mouse. */
export async function tabTo(page: Page, name: string): Promise<void> {
  const isThere = (): Promise<boolean> =>
    page.evaluate((sought) => {
      const at = document.activeElement;
      const label = at instanceof HTMLInputElement || at instanceof HTMLTextAreaElement ? at.labels?.[0] : at;
      const said = at?.getAttribute('aria-label') ?? label?.textContent ?? '';
      return said.trim().startsWith(sought);
    }, name);
  for (let steps = 0; steps < 150; steps++) {
    await page.keyboard.press('Tab');
    if (await isThere()) return;
  }
  throw new Error(`the Tab key does not come to ${name}`);
}
