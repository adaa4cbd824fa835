import { LIMITS } from '@zerospan/shared';
import { count } from '../../data/format.ts';
import { readTargets } from '../targets/targets.ts';

/** Says in plain words what is wrong with the channels of one put; undefined when they are good. */
export function channelsFault(text: string): string | undefined {
  const { names, faults } = readTargets(text);
  const [fault] = faults;
  if (fault !== undefined) return `“${short(fault.text)}”: ${fault.words}`;
  if (names.length === 0) return 'Name at least one channel, such as room1.';
  if (names.length <= LIMITS.putChannels) return undefined;
  return `${count(names.length)} channels are more than one put takes, which is ${count(LIMITS.putChannels)}.`;
}

function short(text: string): string {
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
}
