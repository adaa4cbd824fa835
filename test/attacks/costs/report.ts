import type { Cost } from './run.ts';

const FREE_BYTES = 16 * 1024 * 1024;
const TIMES_SENT = 16;
const TURN_MS = 50;
const OTHER_PUT_MS = 100;
/** What a native peer may take without being disconnected. */
const NATIVE_BYTES = 64 * 1024 * 1024;

/** As much as an attack may make a server hold. */
export const mayGrow = (sentBytes: number): number => FREE_BYTES + TIMES_SENT * sentBytes;

/** What does not hold, whatever the machine: memory that is held, and what others lost. */
export function faultsOf(cost: Cost): string[] {
  const { attack, heldBytes, grownBytes, sentBytes, otherRefused, bounded, harm = [] } = cost;
  const isShown = attack.judged === 'shown';
  return [
    ...harm,
    ...(otherRefused > 0 ? [`${otherRefused} puts of another user refused`] : []),
    ...(!isShown && heldBytes > mayGrow(sentBytes) ? [`${mb(heldBytes)} MB held`] : []),
    ...(isShown && grownBytes > NATIVE_BYTES && !bounded ? ['no limit ended it'] : []),
  ];
}

/** The same with what depends on time and on the collector of garbage. */
export function allFaultsOf(cost: Cost): string[] {
  const { attack, grownBytes, sentBytes, longestTurnMs, otherPutMs } = cost;
  if (attack.judged === 'shown') return faultsOf(cost);
  return [
    ...faultsOf(cost),
    ...(grownBytes > mayGrow(sentBytes) + (attack.garbageBytes ?? 0)
      ? [`${mb(grownBytes)} MB at the peak`]
      : []),
    ...(longestTurnMs > (attack.turnMs ?? TURN_MS) ? [`a turn of ${ms(longestTurnMs)}`] : []),
    ...(otherPutMs > OTHER_PUT_MS ? [`another user's put took ${ms(otherPutMs)}`] : []),
  ];
}

export function line(cost: Cost): string {
  const { attack, sentBytes, grownBytes, heldBytes, longestTurnMs, otherPutMs, bounded } = cost;
  const faults = allFaultsOf(cost).join('; ');
  const verdict = faults ? `NOT held: ${faults}` : 'held';
  const ratio = (grownBytes / sentBytes).toFixed(1);
  const may = attack.judged === 'shown' ? '' : `, may ${mb(mayGrow(sentBytes))}`;
  return [
    `${attack.name}: sent ${mb(sentBytes)} MB`,
    `peak +${mb(grownBytes)} MB (× ${ratio}${may}), held +${mb(heldBytes)} MB`,
    `longest turn ${ms(longestTurnMs)}, another's put ${ms(otherPutMs)}`,
    ...(bounded ? [bounded] : []),
    verdict,
  ].join('; ');
}

const mb = (bytes: number): string => (bytes / 2 ** 20).toFixed(2);
const ms = (time: number): string => `${time.toFixed(0)} ms`;
