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
  readonly grants: Grants;
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
    const grants = typeof said === 'object' && said !== null ? (said as Record<string, unknown>) : {};
    return {
      subject: typeof claims.sub === 'string' ? claims.sub : undefined,
      expiresMs: typeof claims.exp === 'number' ? claims.exp * 1_000 : undefined,
      grants: {
        subscribe: filtersOf(grants.subscribe),
        put: filtersOf(grants.put),
        history: filtersOf(grants.history),
        confirm: grants.confirm === 'names' ? 'names' : grants.confirm === true,
        admin: grants.admin === true,
        metrics: grants.metrics === true,
        observe: grants.observe === true || grants.admin === true,
      },
    };
  } catch {
    return undefined;
  }
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
