import type { Filter } from '@zerospan/client';
import { byId } from './dom.ts';

/**
 * Asks for a token. It is kept in the memory of this page alone: never in its address, nor where another page or visit
 * would find it.
 */
export class TokenForm {
  readonly #panel = byId('token-panel', HTMLElement);
  readonly #form = byId('token-form', HTMLFormElement);
  readonly #input = byId('token', HTMLInputElement);
  readonly #hint = byId('token-hint', HTMLElement);
  readonly #said = this.#hint.textContent;

  /** @param given called with each token that is given */
  constructor(given: (token: string) => void) {
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault();
      const token = this.#input.value.trim();
      if (token === '') {
        this.#input.focus();
        return;
      }
      this.#input.value = '';
      this.#panel.hidden = true;
      given(token);
    });
  }

  /** @param fault why the one before was of no use */
  ask(fault?: string): void {
    this.#input.setAttribute('aria-invalid', String(fault !== undefined));
    this.#hint.textContent = fault ?? this.#said;
    if (!this.#panel.hidden) return;
    this.#panel.hidden = false;
    this.#input.focus();
  }
}

/**
 * What a token says that it lets one subscribe to; everything where it says nothing of it. Only so that the page does
 * not ask for more than it would be given: the server alone judges a token.
 */
export function filtersIn(token: string): Filter[] {
  try {
    const [, body = ''] = token.split('.');
    const bytes = Uint8Array.from(atob(body.replaceAll('-', '+').replaceAll('_', '/')), (each) =>
      each.charCodeAt(0),
    );
    const claims = JSON.parse(new TextDecoder().decode(bytes)) as { zerospan?: { subscribe?: unknown } };
    const said = claims.zerospan?.subscribe;
    const filters = Array.isArray(said) ? said.filter(isFilter) : [];
    return filters.length > 0 ? filters : [''];
  } catch {
    return [''];
  }
}

function isFilter(said: unknown): said is Filter {
  if (typeof said === 'string') return true;
  return (
    typeof said === 'object' && said !== null && typeof (said as { prefix?: unknown }).prefix === 'string'
  );
}
