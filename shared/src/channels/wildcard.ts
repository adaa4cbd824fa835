/**
 * What stands before a wildcard of other buses (`vote.*`, `vote.>`, `vote/#`, `a/+/b`) in the name of a channel;
 * undefined where there is none. Here such a name is a channel like any other, which is worth a hint: its subscriber
 * would receive nothing, without an error.
 */
export function beforeWildcard(channel: string): string | undefined {
  const star = channel.indexOf('*');
  const level = /(^|[./:])([#>]$|\+($|[./:]))/.exec(channel);
  const ends = [...(star < 0 ? [] : [star]), ...(level ? [level.index + (level[1] ?? '').length] : [])];
  return ends.length === 0 ? undefined : channel.slice(0, Math.min(...ends));
}
