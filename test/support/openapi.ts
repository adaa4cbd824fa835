import { expect } from 'vitest';
import * as Type from '../../server/src/schema.ts';

type Json = Readonly<Record<string, unknown>>;

interface Media {
  readonly schema: Json;
}

export interface DescribedAnswer {
  readonly description: string;
  readonly headers?: Readonly<Record<string, Media>>;
  readonly content?: Readonly<Record<string, Media>>;
}

interface Parameter {
  readonly in: string;
  readonly name: string;
  readonly description?: string;
}

export interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly description: string;
  readonly security: readonly Json[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, Media>> };
  readonly responses: Readonly<Record<string, DescribedAnswer>>;
}

export interface OpenApi {
  readonly openapi: string;
  readonly info: { readonly version: string };
  readonly servers: readonly { readonly url: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Json>> };
}

/** An answer as a client received it. */
export interface Received {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
}

/** Every operation of a document, by its id. */
export function operationsOf({
  paths,
}: OpenApi): ReadonlyMap<string, { method: string; path: string } & Operation> {
  return new Map(
    Object.entries(paths).flatMap(([path, item]) =>
      Object.entries(item).map(([method, operation]) => [
        operation.operationId,
        { method: method.toUpperCase(), path, ...operation },
      ]),
    ),
  );
}

/** Fails unless an operation is described as answering so. */
export function checkAnswer(document: OpenApi, { responses }: Operation, received: Received): void {
  const { status, headers, body } = received;
  const described = responses[String(status)];
  expect(Object.keys(responses), `status ${status}: ${body}`).toContain(String(status));
  for (const [name, { schema }] of Object.entries(described?.headers ?? {})) {
    const value = headers.get(name);
    if (value !== null) checkBody(document, schema, schema.type === 'integer' ? Number(value) : value);
  }
  const type = headers.get('content-type')?.replace(/;.*/, '');
  expect(Object.keys(described?.content ?? {}), `media type of ${body}`).toEqual(
    type === undefined ? [] : expect.arrayContaining([type]),
  );
  if (type === undefined) {
    expect(body).toBe('');
    return;
  }
  const schema = described?.content?.[type]?.schema ?? {};
  if (type === 'text/event-stream') checkEvents(document, body);
  else if (schema.contentSchema)
    checkBody(
      document,
      schema.contentSchema as Json,
      linesOf(body).map((line) => JSON.parse(line) as unknown),
    );
  else checkBody(document, schema, JSON.parse(body));
}

const EVENT_DATA: Readonly<Record<string, string>> = {
  publication: 'Publication',
  gap: 'Gap',
  error: 'Problem',
};

/** Checks the data of each event by the schema that its name has in the description. */
function checkEvents(document: OpenApi, text: string): void {
  for (const block of text.split('\n\n').slice(0, -1)) {
    const fields = new Map(block.split('\n').map((line) => line.split(/: (.*)/s, 2) as [string, string]));
    const name = fields.get('event');
    if (name === undefined) {
      expect(block).toMatch(/^retry: \d+$/);
      continue;
    }
    expect(['publication', 'gap', 'error', 'position']).toContain(name);
    const data: unknown = JSON.parse(fields.get('data') ?? '');
    if (name === 'position') expect(data).toEqual({});
    else checkBody(document, document.components.schemas[EVENT_DATA[name] ?? ''] ?? {}, data);
  }
}

/** Fails unless a value is as a schema of the document says. */
export function checkBody(document: OpenApi, schema: Json, value: unknown): void {
  const [isValid, errors] = Type.Compile(resolved(document, schema) as object).Errors(value);
  expect(isValid ? [] : errors, JSON.stringify(value)).toEqual([]);
}

/** The same schema without references. */
function resolved(document: OpenApi, schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map((one) => resolved(document, one));
  if (typeof schema !== 'object' || schema === null) return schema;
  const { $ref } = schema as { $ref?: string };
  if ($ref !== undefined) {
    const name = $ref.replace('#/components/schemas/', '');
    expect(Object.keys(document.components.schemas)).toContain(name);
    return resolved(document, document.components.schemas[name]);
  }
  return Object.fromEntries(Object.entries(schema).map(([key, one]) => [key, resolved(document, one)]));
}

function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line !== '');
}

/** The document of a server. @param url its own, with a slash at its end */
export async function documentOf(url: string): Promise<OpenApi> {
  return (await (await fetch(`${url}openapi.json`)).json()) as OpenApi;
}
