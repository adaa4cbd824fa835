import { useServices } from '../shell/services.ts';

interface CopyButtonProps {
  /** What is copied; a function is called when it is. */
  readonly text: string | (() => string);
  /** What that is: `the message`. */
  readonly what: string;
  /** Default: Copy. */
  readonly label?: string;
}

/** Copies something, and says so. */
export function CopyButton({ text, what, label = 'Copy' }: CopyButtonProps) {
  const { announcer } = useServices();
  const copy = async (): Promise<void> => {
    const copied = typeof text === 'string' ? text : text();
    try {
      await navigator.clipboard.writeText(copied);
      announcer.say(`Copied ${what}.`);
    } catch {
      // Without TLS, beyond loopback, a page may not.
      announcer.say(`This browser does not let the page copy. Select ${what} by hand.`);
    }
  };
  return (
    <button
      type="button"
      class="small"
      title={`Copy ${what}`}
      aria-label={`${label} ${what}`}
      onClick={() => void copy()}
    >
      {label}
    </button>
  );
}
