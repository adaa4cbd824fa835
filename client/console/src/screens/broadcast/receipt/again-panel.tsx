import { useMemo, useState } from 'preact/hooks';
import { count, plural } from '../../../data/format.ts';
import { useHandover } from '../../../parts/use-handover.ts';
import { useServices } from '../../../shell/services.ts';
import { type Desk, receiptKindOf } from '../desk.ts';
import type { Sending } from '../sending.ts';
import { planAgain } from './again.ts';
import { nameOf } from './board-rows.ts';

/** Names of those who would get it twice, shown before one asks for all. */
const SHOWN = 10;

interface AgainPanelProps {
  readonly desk: Desk;
  readonly sending: Sending;
  readonly onSent: (sending: Sending) => void;
}

/** Sends a message again where it did not arrive and will not; first it says to whom. */
export function AgainPanel({ desk, sending, onSent }: AgainPanelProps) {
  const services = useServices();
  const { connection, announcer } = services;
  const receipt = receiptKindOf(services);
  const { rows, order } = sending;
  const plan = useMemo(() => planAgain(rows), [rows]);
  const [isOpen, setOpen] = useState(false);
  const { opener, inside } = useHandover<HTMLButtonElement, HTMLButtonElement>(isOpen);
  const [isAll, setAll] = useState(false);
  const { channels, nobody, twice, twiceUnnamed, left } = plan;
  if (channels.length === 0)
    return (
      <p class="again hint">
        {left.length > 0
          ? `Nothing to send again: on ${plural(left.length, 'channel')} somebody has not answered, and gets it from the log.`
          : 'Nothing to send again.'}
      </p>
    );
  if (!isOpen)
    return (
      <p class="again">
        <button ref={opener} type="button" onClick={() => setOpen(true)}>
          Send again …
        </button>{' '}
        <span class="hint">
          to {plural(channels.length, 'channel')} where it was skipped or nobody was there
        </span>
      </p>
    );
  const send = (): void => {
    const bus = connection.bus.peek();
    if (bus === undefined) return;
    onSent(desk.send(bus, { ...order, channels, receipt, isAgain: true }));
    announcer.say(`Sent again to ${plural(channels.length, 'channel')}.`);
  };
  const skipped = channels.length - nobody;
  const shown = isAll ? twice : twice.slice(0, SHOWN);
  return (
    <section class="again open" aria-label="Send again">
      <h3>Send again to {plural(channels.length, 'channel')}</h3>
      <ul>
        {nobody > 0 && <li>{plural(nobody, 'channel')} had nobody.</li>}
        {skipped > 0 && <li>On {plural(skipped, 'channel')} a session skipped it.</li>}
        {twice.length + twiceUnnamed === 0 ? (
          <li>Nobody gets it a second time.</li>
        ) : (
          <li>
            <strong>
              {plural(twice.length + twiceUnnamed, 'client gets', 'clients get')} it a second time
            </strong>
            {shown.length > 0 && ': '}
            {shown.map(({ channel, who }, at) => (
              <span key={`${channel} ${who.session}`}>
                {at > 0 && ', '}
                <bdi>{nameOf(who)}</bdi> on <bdi>{channel}</bdi>
              </span>
            ))}
            {twice.length > shown.length && (
              <>
                {' '}
                <button type="button" class="link" onClick={() => setAll(true)}>
                  and {count(twice.length - shown.length)} more
                </button>
              </>
            )}
            {twiceUnnamed > 0 && ` (${count(twiceUnnamed)} of them without names here)`}.
          </li>
        )}
        {left.length > 0 && (
          <li>
            {plural(left.length, 'channel is', 'channels are')} left alone: who is behind or away there gets
            it from the log.
          </li>
        )}
      </ul>
      <p class="send">
        <button ref={inside} type="button" class="main" onClick={send}>
          Send again
        </button>
        <button type="button" onClick={() => setOpen(false)}>
          Cancel
        </button>
      </p>
    </section>
  );
}
