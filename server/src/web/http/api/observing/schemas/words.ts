import * as Type from '../../../../../schema.ts';

/** What the schemas of the read API are made of. */

export const count = (description: string) => Type.Integer({ minimum: 0, description });

export const rate = (description: string) => Type.Number({ minimum: 0, description });

/** @param when the moment, as the beginning of a sentence */
export const time = (when: string) => Type.Integer({ minimum: 0, description: `${when}, in ms since 1970.` });

export const nullable = <T extends Type.TSchema>(type: T, description?: string) =>
  Type.Union([type, Type.Unsafe<null>({ type: 'null' })], description === undefined ? {} : { description });
