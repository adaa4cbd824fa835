/**
 * JSON text on one line without white space between its parts. Done on the text, because parsing would lose the digits of large
 * numbers and the way in which strings are written.
 */
export function compact(json: string): string {
  return json.replace(/("(?:[^"\\]|\\.)*")|\s+/g, '$1');
}

/** A text that moves no cursor and rings no bell. JSON may hold DEL and C1 controls as they are. */
export function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, (control) => `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
