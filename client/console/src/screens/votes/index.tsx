import './votes.css';
import { useMemo, useState } from 'preact/hooks';
import { useServices } from '../../shell/services.ts';
import { NO_VOTE, readVoteAddress, type VoteAddress, voteParams } from './address.ts';
import { AskForm } from './ask-form.tsx';
import { Board } from './board.tsx';
import { CountForm } from './count-form.tsx';

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
          <AskForm vote={vote} onAsked={show} />
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
      onAgain={() => show({ ...rest, isWall: false })}
      onNew={() => show(NO_VOTE)}
    />
  );
}
