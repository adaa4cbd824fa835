import { quote, ZerospanError } from '@zerospan/shared';
import type { FastifyInstance } from 'fastify';
import * as Type from '../../../schema.ts';
import { RejectedRequest } from './problems.ts';

interface Described {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Described>>;
}

/** Parameters whose fault has a code of its own. */
const CODES = { confirmMs: 'bad-confirm' } as const;

/**
 * Checks requests of this scope by the schemas of their routes. Fastify's own compilers stay unloaded, or the
 * application's, outside of it. A schema is compiled with the first request that needs it.
 */
export function checkBySchemas(scope: FastifyInstance): void {
  scope.setValidatorCompiler<object>(({ schema, httpPart }) => {
    let check: ReturnType<typeof Type.Compile> | undefined;
    return (data: unknown) => {
      check ??= Type.Compile(schema);
      const value = coerced(schema as Described, data);
      if (check.Check(value)) return { value };
      const [, errors] = check.Errors(value);
      return { error: faultOf(errors, httpPart) };
    };
  });
  scope.setSerializerCompiler(() => JSON.stringify);
}

/** Parameters and headers are texts: a number is one of decimal digits, and what is given once is a list of one. */
function coerced({ properties = {} }: Described, data: unknown): unknown {
  const given = { ...(data as Record<string, unknown>) };
  for (const [name, { type }] of Object.entries(properties)) {
    const value = given[name];
    if (type === 'integer' && typeof value === 'string' && /^\d{1,16}$/.test(value))
      given[name] = Number(value);
    else if (type === 'array' && typeof value === 'string') given[name] = [value];
  }
  return given;
}

interface SchemaFault {
  readonly keyword: string;
  readonly instancePath: string;
  readonly message: string;
}

function faultOf(errors: readonly SchemaFault[], part = 'querystring'): Error {
  const kind = part === 'headers' ? 'header' : 'parameter';
  const [fault] = errors;
  const name = fault?.instancePath.split('/')[1] ?? '';
  // What is not listed has the schema false.
  if (fault?.keyword === 'boolean')
    return new RejectedRequest('bad-request', `This address takes no ${kind} ${quote(name)}.`);
  const reason = `The ${kind} ${name} ${fault?.message ?? 'is not valid'}.`;
  return name in CODES
    ? new ZerospanError(CODES[name as keyof typeof CODES], reason)
    : new RejectedRequest('bad-request', reason);
}
