import { plural, positionText } from '../../data/format.ts';
import { Time } from '../../parts/time.tsx';
import { hrefOf } from '../../shell/router.ts';
import type { Desk } from './desk.ts';
import type { Sending } from './sending.ts';
import type { Sent } from './store.ts';

interface SentListProps {
  readonly desk: Desk;
  readonly shown: Sending | undefined;
  readonly onShow: (sending: Sending) => void;
}

/** What was sent from this browser. */
export function SentList({ desk, shown, onShow }: SentListProps) {
  const all = desk.sent.all();
  if (all.length === 0) return null;
  const sendings = desk.sendings.value;
  const hasSenders = all.some(({ sender }) => sender !== undefined);
  const receiptOf = ({ epoch, offset }: Sent): Sending | undefined =>
    sendings.find(({ first }) => first?.epoch === epoch && first.channels[0]?.offset === offset);
  return (
    <section class="sent" aria-labelledby="sent-title">
      <h2 id="sent-title">Sent from this browser</h2>
      <table>
        <thead>
          <tr>
            <th scope="col">When</th>
            <th scope="col" class="to">
              To
            </th>
            <th scope="col" class="number">
              Offset
            </th>
            {hasSenders && <th scope="col">Sender</th>}
            <th scope="col">Receipt</th>
          </tr>
        </thead>
        <tbody>
          {all.map((sent) => {
            const { epoch, offset, time, channel, channels, sender } = sent;
            const receipt = receiptOf(sent);
            return (
              <tr key={`${epoch} ${offset}`}>
                <td>
                  <Time ms={time} />
                </td>
                <td class="to">
                  <bdi title={channel}>{channel}</bdi>
                  {channels > 1 && <span class="muted"> and {plural(channels - 1, 'more', 'more')}</span>}
                </td>
                <td class="number">
                  <a href={hrefOf('messages', { c: channel, at: positionText({ epoch, offset }) })}>
                    {offset}
                  </a>
                </td>
                {hasSenders && (
                  <td class="to">
                    <bdi>{sender ?? '–'}</bdi>
                  </td>
                )}
                <td>
                  {receipt === undefined ? (
                    <span class="muted">–</span>
                  ) : receipt === shown ? (
                    'above'
                  ) : (
                    <button type="button" class="small" onClick={() => onShow(receipt)}>
                      Show
                    </button>
                  )}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </section>
  );
}
