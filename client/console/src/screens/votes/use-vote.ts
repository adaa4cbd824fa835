import { useEffect, useState } from 'preact/hooks';
import { useServices } from '../../shell/services.ts';
import { rulesOf, type VoteAddress } from './address.ts';
import { VoteReading } from './counting/reading.ts';

/**
 * Reads the vote of an address, as long as it is shown. undefined: there is no connection yet.
 * @param text the question, where this page put it and nobody knows at which offset, if at all
 */
export function useVote(
  vote: VoteAddress,
  text?: string,
): VoteReading | { readonly fault: string } | undefined {
  const { connection } = useServices();
  const bus = connection.bus.value;
  const [reading, setReading] = useState<VoteReading | { readonly fault: string }>();
  // Full screen or not, it is the same vote.
  const key = JSON.stringify({ ...vote, isWall: false });
  // The key stands for the vote, which is another object each time.
  useEffect(() => {
    const rules = rulesOf(vote, text);
    if (bus === undefined || vote.at === undefined || 'fault' in rules) {
      setReading('fault' in rules ? rules : undefined);
      return;
    }
    const opened = new VoteReading(bus, vote, rules);
    setReading(opened);
    return () => opened.close();
  }, [bus, key, text]);
  return reading;
}
