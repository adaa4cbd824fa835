import type { SessionDetail } from '@zerospan/shared';
import { useRef, useState } from 'preact/hooks';
import { sentences } from '../../data/connection.ts';
import { useServices } from '../../shell/services.ts';
import { Name } from './names.tsx';
import { nameOf } from './words.ts';

interface EndAccessProps {
  readonly client: SessionDetail;
  /** It has ended already. */
  readonly isGone: boolean;
  readonly onEnded: () => void;
}

/** Ends a session for good. It asks first, because a program that is cut off does not come back by itself. */
export function EndAccess({ client, isGone, onEnded }: EndAccessProps) {
  const { api, connection, announcer } = useServices();
  const dialog = useRef<HTMLDialogElement>(null);
  const [state, setState] = useState<'asking' | 'ending' | { readonly fault: string }>('asking');
  const mayEnd = connection.claims.value?.grants?.admin === true;
  // Only a token can grant it, and what is not allowed is not offered.
  if (!mayEnd || isGone) return null;
  const end = async (): Promise<void> => {
    setState('ending');
    try {
      await api.delete(`sessions/${encodeURIComponent(client.session)}`);
      announcer.say('The access has ended.');
      setState('asking');
      dialog.current?.close();
      onEnded();
    } catch (error) {
      setState({ fault: sentences(error as Error) });
    }
  };
  return (
    <section class="part">
      <button type="button" class="danger" onClick={() => dialog.current?.showModal()}>
        End its access…
      </button>
      <dialog ref={dialog} aria-labelledby="end-title" onClose={() => setState('asking')}>
        <h2 id="end-title">
          End the access of <Name of={nameOf(client)} />?
        </h2>
        <p>
          The server closes this session with the code <code>revoked</code>. The client does not reconnect:
          its program has to be started again. What it has put stays.
        </p>
        <p>
          Its token stays valid, and opens another session. To keep a user out, revoke the subject or the
          token with <code>POST /admin/revocations</code>.
        </p>
        {typeof state === 'object' && (
          <p class="bad" role="alert">
            {state.fault}
          </p>
        )}
        <p class="dialog-end">
          {/* First in the order of tabs: the harmless one. */}
          <button type="button" onClick={() => dialog.current?.close()}>
            Leave it
          </button>
          <button type="button" class="danger" disabled={state === 'ending'} onClick={() => void end()}>
            End its access
          </button>
        </p>
      </dialog>
    </section>
  );
}
