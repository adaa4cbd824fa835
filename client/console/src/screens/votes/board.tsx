import type { Position } from '@zerospan/client';
import { useEffect, useRef } from 'preact/hooks';
import { sentences } from '../../data/connection.ts';
import { plural } from '../../data/format.ts';
import { CopyButton } from '../../parts/copy-button.tsx';
import { Empty } from '../../parts/empty.tsx';
import { hrefOf } from '../../shell/router.ts';
import { useServices } from '../../shell/services.ts';
import type { VoteAddress } from './address.ts';
import { Bars } from './bars.tsx';
import type { VoteReading } from './counting/reading.ts';
import type { Tally } from './counting/tally.ts';
import { Heading } from './heading.tsx';
import { useVote } from './use-vote.ts';
import { Voters } from './voters.tsx';

interface BoardProps {
  readonly vote: VoteAddress;
  /** The question, where nobody knows whether it was put. */
  readonly text: string | undefined;
  /** Such a question has come back: it is there. */
  readonly onFound: (at: Position) => void;
  readonly onWall: (isWall: boolean) => void;
  /** Changes it, or asks again. */
  readonly onAgain: (tally?: Tally) => void;
  readonly onNew: () => void;
}

/** A vote as it stands. */
export function Board({ vote, text, onFound, onWall, onAgain, onNew }: BoardProps) {
  const reading = useVote(vote, text);
  const question = reading && 'tally' in reading ? reading.tally.question : undefined;
  const epoch = vote.at?.epoch;
  useEffect(() => {
    if (text !== undefined && question !== undefined && epoch !== undefined)
      onFound({ epoch, offset: question.offset });
  });
  if (reading === undefined) return <Empty lead="Waiting for the connection …" />;
  if ('fault' in reading) return <Failed words={reading.fault} onAgain={onAgain} />;
  if (reading.state.kind === 'refused')
    return <Failed words={sentences(reading.state.error)} onAgain={onAgain} />;
  return (
    <div class="votes board">
      <div class="tools">
        <h1>Votes</h1>
        <span class="grow" />
        <button type="button" onClick={() => onWall(true)}>
          Full screen
        </button>
        <CopyButton text={() => location.href} what="the link to this vote" label="Copy link" />
        <button type="button" onClick={() => onAgain(reading.tally)}>
          Change
        </button>
        <button type="button" onClick={onNew}>
          New vote
        </button>
      </div>
      <div class="vote-body">
        <section class="vote-result" aria-label="Result">
          <Heading reading={reading} vote={vote} isUncertain={text !== undefined} />
          <Losses reading={reading} />
          <Bars reading={reading} />
          <Ignored reading={reading} vote={vote} />
        </section>
        <Voters reading={reading} />
      </div>
      {vote.isWall && <Wall reading={reading} vote={vote} onClose={() => onWall(false)} />}
    </div>
  );
}

function Failed({ words, onAgain }: { readonly words: string; readonly onAgain: () => void }) {
  return (
    <Empty lead="This vote cannot be counted.">
      <p>{words}</p>
      <button type="button" onClick={onAgain}>
        Change it
      </button>
    </Empty>
  );
}

/** What is missing in the log between the place where the vote begins and now. */
function Losses({ reading: { tally } }: { readonly reading: VoteReading }) {
  const { gaps } = tally;
  if (gaps.length === 0) return null;
  const isNewLog = gaps.some(({ reason }) => reason === 'restart');
  const counts = gaps.map(({ missed }) => missed);
  const missed = counts.reduce<number | null>(
    (sum, one) => (sum === null || one === null ? null : sum + one),
    0,
  );
  const lost = missed === null ? 'an unknown number of messages' : plural(missed, 'message');
  return (
    <p class="loss" role="status">
      <strong>{isNewLog ? 'The server has begun a new log.' : 'Something is missing here.'}</strong>{' '}
      {tally.isQuestionLost()
        ? `The question is no longer in the log, and ${lost} with it: it is not known who was asked, nor which votes were late.`
        : `The log no longer has ${lost} of these channels. The numbers are of what it has; who may be concerned is listed as not known.`}
    </p>
  );
}

/** What came on the channels and is no vote. */
function Ignored({ reading, vote }: { readonly reading: VoteReading; readonly vote: VoteAddress }) {
  const { otherQuestion, noChoice, noVoter, again, beyond } = reading.tally.ignored;
  const parts = [
    again > 0 && `${plural(again, 'further vote', 'further votes')} of voters whose first one counts`,
    otherQuestion > 0 && `${plural(otherQuestion, 'message')} of another question or none`,
    noChoice > 0 &&
      `${plural(noChoice, 'message')} without a choice at “${vote.choice || 'the whole message'}”`,
    noVoter > 0 && `${plural(noVoter, 'message')} without a voter at “${vote.voter}”`,
    beyond > 0 && `${plural(beyond, 'vote')} of voters beyond the first 100,000`,
  ].filter((part) => part !== false);
  const filters = vote.prefix === undefined ? { c: vote.channels.slice(0, 50) } : { p: vote.prefix };
  if (parts.length === 0) return null;
  return (
    <p class="muted ignored">
      Not counted: {parts.join('; ')}. <a href={hrefOf('messages', filters)}>See the messages</a>
    </p>
  );
}

interface WallProps {
  readonly reading: VoteReading;
  readonly vote: VoteAddress;
  readonly onClose: () => void;
}

/** The result alone, for a screen on a wall. */
function Wall({ reading, vote, onClose }: WallProps) {
  const { announcer } = useServices();
  const dialog = useRef<HTMLDialogElement>(null);
  // By the dialog itself: it gives the focus back to the button that opened it.
  const close = (): void => dialog.current?.close();
  useEffect(() => {
    const element = dialog.current;
    if (element === null) return;
    element.showModal();
    // A browser may refuse it where nobody has clicked: then it fills the page.
    element.requestFullscreen().catch(() => announcer.say('Press F11 for the whole screen.'));
    // Escape ends the full screen first, and is meant for both.
    const left = (): void => {
      if (document.fullscreenElement === null) element.close();
    };
    document.addEventListener('fullscreenchange', left);
    return () => {
      document.removeEventListener('fullscreenchange', left);
      if (document.fullscreenElement === element) void document.exitFullscreen();
    };
  }, [announcer]);
  return (
    <dialog ref={dialog} class="wall" aria-label="The vote on the full screen" onClose={onClose}>
      <Heading reading={reading} vote={vote} isUncertain={false} isLarge />
      <Losses reading={reading} />
      <Bars reading={reading} />
      <button type="button" class="wall-close" onClick={close}>
        Close
      </button>
    </dialog>
  );
}
