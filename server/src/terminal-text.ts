import { styleText } from 'node:util';

export type Style = Parameters<typeof styleText>[0];

/** Dresses a text where somebody reads it: never in a pipe, nor under NO_COLOR. */
export function styled(
  style: Style,
  text: string,
  stream: { readonly isTTY?: boolean },
  env: Readonly<Record<string, string | undefined>>,
): string {
  return stream.isTTY && !env.NO_COLOR ? styleText(style, text) : text;
}

/** A text that moves no cursor and rings no bell. JSON may hold DEL and C1 controls as they are. */
export function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, (control) => `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
