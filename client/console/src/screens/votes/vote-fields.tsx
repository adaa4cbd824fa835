import { useId } from 'preact/hooks';
import { NAMES_MOST, type VoteAddress } from './address.ts';

interface VoteFieldsProps {
  readonly vote: VoteAddress;
  readonly onVote: (vote: VoteAddress) => void;
  readonly isAsking?: boolean;
}

/** What counts as a vote, and who has cast it. */
export function VoteFields({ vote, onVote, isAsking = false }: VoteFieldsProps) {
  const id = useId();
  const hint = isAsking
    ? ', as in {"choice": "yes"} with the id of the question'
    : ', as in {"choice": "yes"}';
  return (
    <details class="vote-fields" open={!isAsking}>
      <summary>What counts as a vote</summary>
      <PathInput
        label="Path of the choice"
        value={vote.choice}
        hint={`Where a message says it${hint}. Empty: the whole message.`}
        onValue={(choice) => onVote({ ...vote, choice })}
      />
      <PathInput
        label="Path of the voter"
        value={vote.voter}
        hint="Empty: each channel is one voter."
        onValue={(voter) => onVote({ ...vote, voter })}
      />
      {vote.voter.trim() !== '' && (
        <div class="field">
          <label for={`${id}-who`}>Voters who are expected</label>
          <textarea
            id={`${id}-who`}
            rows={3}
            value={vote.expected.join('\n')}
            onChange={(event) => {
              const names = event.currentTarget.value.split('\n').map((name) => name.trim());
              const expected = [...new Set(names.filter((name) => name !== ''))].slice(0, NAMES_MOST);
              onVote({ ...vote, expected });
            }}
          />
          <p class="hint">One a line. Without them, nobody can be missing.</p>
        </div>
      )}
      {isAsking && (
        <PathInput
          label="Path of the question’s id"
          value={vote.idPath}
          hint="Answers repeat it there, so that a late answer to another question does not count."
          onValue={(idPath) => onVote({ ...vote, idPath })}
        />
      )}
      <fieldset class="row">
        <legend>Who votes more than once</legend>
        {(['first', 'latest'] as const).map((keep) => (
          <label key={keep} class="check">
            <input
              type="radio"
              name={`${id}-keep`}
              checked={vote.keep === keep}
              onChange={() => onVote({ ...vote, keep })}
            />
            {keep === 'first' ? 'The first vote counts' : 'The latest vote counts'}
          </label>
        ))}
      </fieldset>
    </details>
  );
}

interface PathInputProps {
  readonly label: string;
  readonly value: string;
  readonly hint: string;
  readonly onValue: (value: string) => void;
}

function PathInput({ label, value, hint, onValue }: PathInputProps) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        id={id}
        class="path"
        value={value}
        spellcheck={false}
        autocapitalize="off"
        autocomplete="off"
        aria-describedby={`${id}-hint`}
        onInput={(event) => onValue(event.currentTarget.value)}
      />
      <p id={`${id}-hint`} class="hint">
        {hint}
      </p>
    </div>
  );
}
