import { useLayoutEffect, useRef } from 'preact/hooks';
import { useServices } from '../services.ts';
import type { Key } from './keyboard.ts';

/** Keys that work while this component is there. */
export function useKeys(keys: readonly Key[]): void {
  const { keyboard } = useServices();
  const latest = useRef(keys);
  latest.current = keys;
  // Not after the next frame: a key works as soon as its screen is seen, and no longer than that.
  useLayoutEffect(() => keyboard.add(() => latest.current), [keyboard]);
}
