import { Component, type ComponentChildren, type ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { Empty } from '../parts/empty.tsx';
import type { Screen } from './screen.ts';
import { useServices } from './services.ts';

type Loading = 'loading' | 'failed' | { readonly Screen: ComponentType };

/** A screen, with its code loaded when it is opened first. */
export function ScreenFrame({ screen }: { readonly screen: Screen }) {
  const { stats, connection } = useServices();
  const [loaded, setLoaded] = useState<{ readonly of: Screen; readonly as: Loading }>();
  useEffect(() => {
    let isShown = true;
    const show = (as: Loading) => isShown && setLoaded({ of: screen, as });
    screen.load().then(
      ({ default: Screen }) => show({ Screen }),
      () => show('failed'),
    );
    return () => {
      isShown = false;
    };
  }, [screen]);
  if (screen.need === 'observe' && stats.mayObserve.value === false)
    return (
      <Empty lead={`${screen.title} is not for you.`}>
        <p>{needOf(connection.hasGate.value)}</p>
      </Empty>
    );
  const as = loaded?.of === screen ? loaded.as : 'loading';
  if (as === 'loading') return <p class="loading">Loading…</p>;
  if (as === 'failed')
    return (
      <Empty lead="This screen could not be loaded.">
        <p>The server does not answer, or is another version by now.</p>
        <button type="button" onClick={() => location.reload()}>
          Reload the page
        </button>
      </Empty>
    );
  return (
    <Boundary key={screen.name}>
      <as.Screen />
    </Boundary>
  );
}

/** What the state of the server requires, for who lacks it. */
export function needOf(hasGate: boolean): string {
  return hasGate
    ? 'It requires a token with the right observe. Ask the operator of this server for one.'
    : 'This server has no keys for tokens, so its state is for its own machine alone. Open this page there, or give the server keys (--auth-key).';
}

interface BoundaryProps {
  readonly children: ComponentChildren;
}

/** A fault in one screen leaves the others alone. */
class Boundary extends Component<BoundaryProps, { readonly fault?: string }> {
  static override getDerivedStateFromError(error: unknown): { readonly fault: string } {
    return { fault: error instanceof Error ? error.message : String(error) };
  }

  override render() {
    const { fault } = this.state;
    if (fault === undefined) return this.props.children;
    return (
      <Empty lead="This screen has failed.">
        <p>{fault}</p>
        <button type="button" onClick={() => location.reload()}>
          Reload the page
        </button>
      </Empty>
    );
  }
}
