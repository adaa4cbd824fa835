/**
 * The part of TypeBox that this server uses, for `import * as Type`: types that are JSON Schema, and `Compile`, which
 * makes a check of one. The build puts it, with what it needs of TypeBox, into one file. As they come, those are 537
 * modules, which took 3.5 MB of heap and some 5 MB of resident memory for as long as the server runs.
 */
export type { Static, TSchema } from 'typebox';
export {
  Array,
  Boolean,
  Enum,
  Integer,
  Intersect,
  Literal,
  Number,
  Object,
  Optional,
  String,
  Union,
  Unknown,
  Unsafe,
} from 'typebox';
export { Compile } from 'typebox/schema';
