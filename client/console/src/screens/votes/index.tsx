import './votes.css';
import { useMemo, useState } from 'preact/hooks';
import { useServices } from '../../shell/services.ts';
import { NAMES_MOST, NO_VOTE, readVoteAddress, type VoteAddress, voteParams } from './address.ts';
import { AskForm } from './ask-form.tsx';
import { Board } from './board.tsx';
import { CountForm } from './count-form.tsx';
import type { Tally } from './counting/tally.ts';
import { draftOf, NO_DRAFT } from './question.ts';

/** A question of this page of which nobody knows where it is. */
interface Lost {
  readonly id: string;
  readonly text: string;
}

/** Votes on channels: asks a question, or counts what comes anyway; the address says all of it. */
export default function Votes() {
  const { router } = useServices();
  const query = router.query.value;
  const vote = useMemo(() => readVoteAddress(query), [query]);
  const [lost, setLost] = useState<Lost>();
  const [draft, setDraft] = useState(NO_DRAFT);
  const show = (next: VoteAddress, text?: string): void => {
    setLost(text === undefined || next.id === undefined ? undefined : { id: next.id, text });
    router.go('votes', voteParams(next));
  };
  if (vote.at === undefined)
    return (
      <div class="votes">
        <div class="tools">
          <h1>Votes</h1>
        </div>
        <div class="vote-forms">
          <AskForm vote={vote} draft={draft} onAsked={show} />
          <CountForm vote={vote} onCount={show} />
        </div>
      </div>
    );
  const { at: _, id: __, ...rest } = vote;
  return (
    <Board
      vote={vote}
      text={lost?.id === vote.id ? lost?.text : undefined}
      onFound={(at) => {
        setLost(undefined);
        router.replace(voteParams({ ...vote, at }));
      }}
      onWall={(isWall) => router.replace(voteParams({ ...vote, isWall }))}
      onAgain={(tally) => {
        setDraft(draftOf(tally?.question?.message));
        const { prefix, ...others } = rest;
        const asked = askedIn(tally) ?? (prefix !== undefined && { prefix });
        show({ ...others, ...asked, isWall: false });
      }}
      onNew={() => {
        setDraft(NO_DRAFT);
        show(NO_VOTE);
      }}
    />
  );
}

/** The channels of a question, as the log has them: its address may have what they begin with instead. */
function askedIn(tally: Tally | undefined): Pick<VoteAddress, 'channels'> | undefined {
  const { question, asked, rules } = tally ?? {};
  if (question === undefined || rules?.voter !== undefined || asked === undefined || asked.size > NAMES_MOST)
    return;
  return { channels: [...asked] };
}
