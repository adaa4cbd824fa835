import type { ComponentChildren } from 'preact';

interface EmptyProps {
  /** What is not there, or why. */
  readonly lead: string;
  /** What to do about it. */
  readonly children?: ComponentChildren;
}

/** In place of what is not there. */
export function Empty({ lead, children }: EmptyProps) {
  return (
    <div class="empty">
      <p class="lead">{lead}</p>
      {children}
    </div>
  );
}
