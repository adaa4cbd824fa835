import { useEffect, useRef } from 'preact/hooks';
import { useServices } from '../services.ts';
import type { Key } from './keyboard.ts';

/** Keys that work while this component is there. */
export function useKeys(keys: readonly Key[]): void {
  const { keyboard } = useServices();
  const latest = useRef(keys);
  latest.current = keys;
  useEffect(() => keyboard.add(() => latest.current), [keyboard]);
}
