import type { ChannelDetail } from '@zerospan/shared';
import { count } from '../../../data/format.ts';
import { hrefOf } from '../../../shell/router.ts';
import { isOffered, useServices } from '../../../shell/services.ts';

/** Which sessions are subscribed to a channel, by name. */
export function Listeners({ detail }: { readonly detail: ChannelDetail }) {
  const services = useServices();
  const { subscribers, sessions } = detail;
  const more = sessions - subscribers.length;
  return (
    <>
      <h3>Who listens</h3>
      {subscribers.length === 0 && <p class="hint">No session is subscribed to it.</p>}
      <ul class="listeners">
        {subscribers.map(({ session, ref, subject, name }) => {
          const words =
            [name, subject].filter((each) => each !== undefined).join(' · ') || `session ${session}`;
          return (
            <li key={session}>
              {isOffered(services, 'clients') ? (
                <a href={hrefOf('clients', { s: session })} title={`ref ${ref}`}>
                  <bdi>{words}</bdi>
                </a>
              ) : (
                <bdi title={`ref ${ref}`}>{words}</bdi>
              )}
            </li>
          );
        })}
        {more > 0 && <li class="hint">and {count(more)} more</li>}
      </ul>
    </>
  );
}
