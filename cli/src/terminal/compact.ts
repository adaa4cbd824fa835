export { printable } from '@zerospan/server/terminal';

/**
 * JSON text on one line without white space between its parts. Done on the text, because parsing would lose the digits
 * of large numbers and the way in which strings are written.
 */
export function compact(json: string): string {
  return json.replace(/("(?:[^"\\]|\\.)*")|\s+/g, '$1');
}
