import type { Filter } from '@zerospan/client';

/** What a token lets its owner do. */
export interface Grants {
  readonly subscribe: readonly Filter[];
  readonly put: readonly Filter[];
  readonly history: readonly Filter[];
  readonly confirm: boolean | 'names';
  readonly admin: boolean;
  readonly metrics: boolean;
  readonly observe: boolean;
}

/** What a token says of its owner. */
export interface Claims {
  readonly subject: string | undefined;
  /** When it ends, in ms since 1970. */
  readonly expiresMs: number | undefined;
  /** undefined: it does not say, as tokens that an application has made. */
  readonly grants: Grants | undefined;
}

/**
 * Reads a token. Only so that the console offers what the server would take: the server alone judges a token.
 * @returns undefined where it is of a kind that only the server can read
 */
export function readToken(token: string): Claims | undefined {
  try {
    const [, body = ''] = token.split('.');
    const bytes = Uint8Array.from(atob(body.replaceAll('-', '+').replaceAll('_', '/')), (each) =>
      each.charCodeAt(0),
    );
    const claims = JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>;
    const said = claims.zerospan;
    return {
      subject: typeof claims.sub === 'string' ? claims.sub : undefined,
      expiresMs: typeof claims.exp === 'number' ? claims.exp * 1_000 : undefined,
      grants:
        typeof said === 'object' && said !== null ? grantsOf(said as Record<string, unknown>) : undefined,
    };
  } catch {
    return undefined;
  }
}

function grantsOf(said: Record<string, unknown>): Grants {
  return {
    subscribe: filtersOf(said.subscribe),
    put: filtersOf(said.put),
    history: filtersOf(said.history),
    confirm: said.confirm === 'names' ? 'names' : said.confirm === true,
    admin: said.admin === true,
    metrics: said.metrics === true,
    observe: said.observe === true || said.admin === true,
  };
}

function filtersOf(said: unknown): readonly Filter[] {
  return Array.isArray(said) ? said.filter(isFilter) : [];
}

function isFilter(said: unknown): said is Filter {
  if (typeof said === 'string') return true;
  return (
    typeof said === 'object' && said !== null && typeof (said as { prefix?: unknown }).prefix === 'string'
  );
}
