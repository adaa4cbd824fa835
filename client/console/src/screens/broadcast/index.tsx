import './broadcast.css';
import { useEffect, useRef, useState } from 'preact/hooks';
import { Empty } from '../../parts/empty.tsx';
import { useServices } from '../../shell/services.ts';
import { ComposeForm } from './compose-form.tsx';
import { useDesk } from './desk.ts';
import { Board } from './receipt/board.tsx';
import type { Sending } from './sending.ts';
import { SentList } from './sent-list.tsx';

/** Sends a message to many channels, and says who has it. */
export default function Broadcast() {
  const { router } = useServices();
  const desk = useDesk();
  const query = router.query.value;
  const [shown, setShown] = useState<Sending>();
  // A link with channels fills them in: a screen that hands some over, or a colleague.
  useEffect(() => {
    const handed = query.getAll('c');
    if (handed.length > 0) desk.targets.value = handed.join('\n');
  }, [desk, query]);
  const result = useRef<HTMLElement>(null);
  const show = (next: Sending): void => {
    setShown(next);
    // On a narrow screen it lies below the form.
    result.current?.scrollIntoView({ block: 'nearest' });
    // The button that sent it again goes with the receipt before.
    if (next.order.isAgain) result.current?.focus({ preventScroll: true });
  };
  const sendings = desk.sendings.value;
  const sending = shown !== undefined && sendings.includes(shown) ? shown : sendings[0];
  return (
    <div class="broadcast">
      <div class="tools">
        <h1>Broadcast</h1>
      </div>
      <div class="broadcast-body">
        <ComposeForm desk={desk} onSent={show} />
        <section ref={result} tabIndex={-1} class="broadcast-result" aria-label="Who has it">
          {sending ? (
            <Board
              key={sendings.length - sendings.indexOf(sending)}
              desk={desk}
              sending={sending}
              onSent={show}
            />
          ) : (
            <Empty lead="Who has it">
              <p>
                After you send a message, each channel stands here with those who have it, who skipped it and
                why, who did not answer, and who is away.
              </p>
            </Empty>
          )}
          <SentList desk={desk} shown={sending} onShow={show} />
        </section>
      </div>
    </div>
  );
}
