import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';

interface SideProps {
  /** What is open. */
  readonly title: string;
  /** More that can be done with it, beside Close. */
  readonly actions?: ComponentChildren;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
}

/** What stands beside a list: one thing of it, or a form. */
export function Side({ title, actions, onClose, children }: SideProps) {
  const panel = useRef<HTMLElement>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  // Not after the next frame: a key that is pressed until then would go to what the panel covers, or to nothing.
  useLayoutEffect(() => {
    if (panel.current && coversList(panel.current)) heading.current?.focus();
    // What had the focus is gone when it closes: it goes back to the row.
    return () => document.querySelector<HTMLElement>('.grid [role="row"][tabindex="0"]')?.focus();
  }, []);
  return (
    <section class="side" ref={panel} aria-labelledby="side-title">
      <div class="side-head">
        <h2 id="side-title" ref={heading} tabIndex={-1}>
          <bdi>{title}</bdi>
        </h2>
        {actions}
        <button type="button" class="small" onClick={onClose}>
          Close
        </button>
      </div>
      {children}
    </section>
  );
}

/** Where there is no room for both, the panel lies over the list: then it takes the focus, which would be hidden. */
function coversList(panel: HTMLElement): boolean {
  return getComputedStyle(panel).position === 'fixed';
}
