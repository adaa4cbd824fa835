import type { Filter } from '@zerospan/client';
import { useRef } from 'preact/hooks';
import { dateTime } from '../../data/format.ts';
import type { Grants } from '../../data/token.ts';
import { useServices } from '../services.ts';

/** Who the person is for this server, what they may do, and when that ends. */
export function Identity() {
  const { connection } = useServices();
  const dialog = useRef<HTMLDialogElement>(null);
  const standing = connection.standing.value;
  if (standing === 'asking' || standing === 'needs-token') return null;
  const claims = connection.claims.value;
  const who = connection.hasGate.value ? (claims?.subject ?? 'Signed in') : 'Everybody';
  return (
    <div class="identity">
      <button type="button" class="quiet" title="Who are you" onClick={() => dialog.current?.showModal()}>
        {who}
      </button>
      <dialog ref={dialog} aria-labelledby="identity-title">
        <h2 id="identity-title">Who are you</h2>
        {connection.hasGate.value ? <Signed /> : <Unasked />}
        <p class="dialog-end">
          {connection.hasGate.value && (
            <button type="button" onClick={() => connection.signOut()}>
              Sign out
            </button>
          )}
          <button type="button" class="main" onClick={() => dialog.current?.close()}>
            Close
          </button>
        </p>
      </dialog>
    </div>
  );
}

function Unasked() {
  const { stats } = useServices();
  const words = stats.mayObserve.value
    ? 'You are on the machine of the server, so you also see its state.'
    : 'The state of the server is for its own machine alone.';
  return (
    <>
      <p>
        This server asks nobody who they are: it has no keys for tokens. Everybody who reaches it may read and
        put.
      </p>
      <p>{words}</p>
    </>
  );
}

function Signed() {
  const { connection } = useServices();
  const claims = connection.claims.value;
  if (claims === undefined) return <p>Your token is of a kind that only the server can read.</p>;
  const { subject, expiresMs, grants } = claims;
  return (
    <dl class="facts">
      <dt>Name</dt>
      <dd>{subject ?? 'The token names nobody.'}</dd>
      <dt>Until</dt>
      <dd>{expiresMs === undefined ? 'The token does not say.' : dateTime(expiresMs)}</dd>
      {grants ? <Granted grants={grants} /> : <dd>What you may do, only the server knows.</dd>}
    </dl>
  );
}

function Granted({ grants }: { readonly grants: Grants }) {
  return (
    <>
      <dt>May read</dt>
      <dd>{channelsIn(grants.subscribe)}</dd>
      <dt>May read what was before</dt>
      <dd>{channelsIn(grants.history)}</dd>
      <dt>May put</dt>
      <dd>{channelsIn(grants.put)}</dd>
      <dt>Rights</dt>
      <dd>{rightsIn(grants)}</dd>
    </>
  );
}

/** Shown of a long list. */
const MOST = 12;

function channelsIn(filters: readonly Filter[]): string {
  if (filters.length === 0) return 'nothing';
  const names = filters.map((each) => {
    if (typeof each === 'string') return each === '' ? 'all channels' : each;
    return each.prefix === '' ? 'all channels' : `all that begin with ${each.prefix}`;
  });
  const more = names.length > MOST ? ` and ${names.length - MOST} more` : '';
  return `${names.slice(0, MOST).join(', ')}${more}`;
}

function rightsIn({ admin, observe, metrics, confirm }: Grants): string {
  const rights = [
    admin && 'administer (admin)',
    observe && 'see sessions and the state of the server (observe)',
    metrics && 'read the metrics (metrics)',
    confirm === 'names' && 'learn by name who got a message (confirm: names)',
    confirm === true && 'learn how many got a message (confirm)',
  ].filter((each) => each !== false);
  return rights.length === 0 ? 'none beside these' : rights.join(', ');
}
