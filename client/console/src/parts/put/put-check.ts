import { channelFault, isReserved, LIMITS, utf8Bytes } from '@zerospan/shared';
import { count } from '../../data/format.ts';

/** Channels as somebody types them: a comma or a new line between, each once, in order. */
export function channelsOf(text: string): string[] {
  const names = text.split(/[,\n]/).map((name) => name.trim());
  return [...new Set(names.filter((name) => name !== ''))];
}

/** Says in plain words what is wrong with the channels; undefined when they are good. */
export function channelsFault(text: string): string | undefined {
  const channels = channelsOf(text);
  if (channels.length === 0) return 'Name at least one channel, such as room1.';
  if (channels.length > LIMITS.putChannels) {
    return `${count(channels.length)} channels are more than one put takes, which is ${count(LIMITS.putChannels)}.`;
  }
  for (const channel of channels) {
    if (/\s/.test(channel)) return `“${short(channel)}” has a space in it. Put a comma between channels.`;
    const fault = channelFault(channel);
    if (fault !== undefined) return `${fault.charAt(0).toUpperCase()}${fault.slice(1)}.`;
    if (isReserved(channel)) return `“${short(channel)}” begins with $: those channels are the server’s own.`;
  }
  return undefined;
}

/** Says in plain words what is wrong with a message; undefined when it is JSON that the bus takes. */
export function messageFault(text: string): string | undefined {
  const trimmed = text.trim();
  if (trimmed === '') return 'Write any JSON value: "hello", 42, {"choice":"yes"}, null.';
  const bytes = utf8Bytes(trimmed);
  if (bytes > LIMITS.payloadBytes) {
    return `${count(bytes)} bytes are more than a message may have, which is ${count(LIMITS.payloadBytes)}.`;
  }
  try {
    JSON.parse(trimmed);
    return undefined;
  } catch (error) {
    return jsonFault(trimmed, error instanceof Error ? error.message : '');
  }
}

/** The mistakes that people make, by name; for the others, what the browser says about them. */
function jsonFault(text: string, said: string): string {
  if (/^[\p{L}_][^"{}[\]]*$/u.test(text))
    return `Text stands in double quotation marks: ${JSON.stringify(short(text))}`;
  if (text.startsWith("'")) return 'JSON requires double quotation marks, not single ones.';
  if (/[“”„]/.test(text)) return 'These are curly quotation marks. JSON requires straight ones: "';
  if (/\{\s*'|[{,]\s*[\p{L}_][\w-]*\s*:/u.test(text))
    return 'Each key stands in double quotation marks: {"choice":"yes"}';
  if (/,\s*[}\]]/.test(text)) return 'A comma stands before a closing bracket. JSON allows none there.';
  if (/end of|unterminated/i.test(said))
    return 'Not complete yet: a bracket or a quotation mark is still open.';
  return `This is not JSON: ${said}`;
}

function short(text: string): string {
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
}
