/** Text for people: without secrets and control characters, on streams that may be gone. */
export { ignoreErrors } from '../line-writer.ts';
export { Redaction } from '../redaction.ts';
export { printable, type Style, styled } from '../terminal-text.ts';
