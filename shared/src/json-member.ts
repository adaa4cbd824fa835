/**
 * The text of a member of an object, as it was written: parsed and written again, a number of twenty digits would be
 * another one. Of two members of one name it is the last, as for JSON.parse.
 * @param text JSON text of an object
 */
export function memberOf(text: string, name: string): string | undefined {
  let found: string | undefined;
  let depth = 0;
  let key = '';
  /** Where the value of the member begins; 0: a name is next. */
  let begins = 0;
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (char === '"') {
      const end = endOfString(text, at);
      if (depth === 1 && begins === 0) key = JSON.parse(text.slice(at, end)) as string;
      at = end - 1;
    } else if (char === '{' || char === '[') depth++;
    else if (char === ':' && depth === 1) begins = at + 1;
    else if (char === '}' || char === ']') depth--;
    if ((char === ',' && depth === 1) || (char === '}' && depth === 0)) {
      if (key === name && begins > 0) found = text.slice(begins, at).trim();
      begins = 0;
    }
  }
  return found;
}

/** Behind the closing quote of a string that begins here. */
function endOfString(text: string, begins: number): number {
  for (let at = begins + 1; ; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === '"') return at + 1;
  }
}
