import type { RefObject } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';

/**
 * Hands the focus over when a part opens, and back when it closes: what had it is gone then, and a keyboard would begin
 * at the top of the page. For two elements of which one is there at a time.
 */
export function useHandover<Opener extends HTMLElement, Inside extends HTMLElement>(
  isOpen: boolean,
): { readonly opener: RefObject<Opener | null>; readonly inside: RefObject<Inside | null> } {
  const opener = useRef<Opener | null>(null);
  const inside = useRef<Inside | null>(null);
  const was = useRef(isOpen);
  useLayoutEffect(() => {
    if (was.current === isOpen) return;
    was.current = isOpen;
    (isOpen ? inside : opener).current?.focus();
  }, [isOpen]);
  return { opener, inside };
}
