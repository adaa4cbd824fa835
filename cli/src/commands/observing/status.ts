import type { Terminal } from '../../terminal/terminal.ts';
import { type ObservingOptions, observe } from './observe.ts';
import { statusLines } from './status-text.ts';

/** Writes the state of a server. */
export function status(options: ObservingOptions, terminal: Terminal): Promise<number> {
  return observe('v1/status', options, terminal, statusLines);
}
