import { useId, useState } from 'preact/hooks';
import { readTargets } from '../../parts/targets/targets.ts';
import { useServices } from '../../shell/services.ts';
import { NAMES_MOST, rulesOf, type VoteAddress } from './address.ts';
import { headOf } from './counting/head.ts';
import { filtersOf } from './counting/reading.ts';
import { VoteFields } from './vote-fields.tsx';

interface CountFormProps {
  readonly vote: VoteAddress;
  readonly onCount: (vote: VoteAddress) => void;
}

/** Counts votes that come without a question of this page. */
export function CountForm({ vote, onCount }: CountFormProps) {
  const { api, connection } = useServices();
  const id = useId();
  const [isPrefix, setPrefix] = useState(vote.prefix !== undefined || vote.channels.length === 0);
  const [where, setWhere] = useState(vote.prefix ?? vote.channels.join('\n'));
  const [from, setFrom] = useState<'now' | 'begin'>('now');
  const [rules, setRules] = useState(vote);
  const [fault, setFault] = useState<string>();

  const submit = async (): Promise<void> => {
    const bus = connection.bus.peek();
    const { names, faults } = readTargets(isPrefix ? '' : where);
    const words = isPrefix ? undefined : (faults[0]?.words ?? numberFault(names.length));
    const { prefix: _, ...others } = rules;
    const next = { ...others, channels: names, ...(isPrefix && { prefix: where.trim() }) };
    const wrong = rulesOf(next);
    const said = words ?? ('fault' in wrong ? wrong.fault : undefined);
    setFault(said);
    if (said !== undefined) return;
    const position = bus && (await headOf(filtersOf(next), api, bus));
    if (position === undefined) {
      setFault('There is no connection yet.');
      return;
    }
    onCount({ ...next, at: from === 'now' ? position : { ...position, offset: 0 } });
  };

  return (
    <form
      class="card"
      aria-labelledby={`${id}-title`}
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <h2 id={`${id}-title`}>Count votes that come by themselves</h2>
      <fieldset class="row">
        <legend>Where</legend>
        <Choice name={`${id}-where`} isChosen={isPrefix} onChoose={() => setPrefix(true)}>
          Channels that begin with
        </Choice>
        <Choice name={`${id}-where`} isChosen={!isPrefix} onChoose={() => setPrefix(false)}>
          These channels
        </Choice>
      </fieldset>
      <div class="field">
        {isPrefix ? (
          <input
            aria-label="How they begin"
            value={where}
            spellcheck={false}
            autocapitalize="off"
            autocomplete="off"
            placeholder="vote. (empty: all channels)"
            onInput={(event) => setWhere(event.currentTarget.value)}
          />
        ) : (
          <textarea
            aria-label="Names of channels"
            rows={4}
            value={where}
            spellcheck={false}
            autocapitalize="off"
            onInput={(event) => setWhere(event.currentTarget.value)}
          />
        )}
        <p class="hint">
          {isPrefix
            ? 'Who has not voted is not known then.'
            : 'Those who have not voted are named as missing.'}
        </p>
      </div>
      <fieldset class="row">
        <legend>From when</legend>
        <Choice name={`${id}-from`} isChosen={from === 'now'} onChoose={() => setFrom('now')}>
          From now on
        </Choice>
        <Choice name={`${id}-from`} isChosen={from === 'begin'} onChoose={() => setFrom('begin')}>
          All that the log holds
        </Choice>
      </fieldset>
      <VoteFields vote={rules} onVote={setRules} />
      <p class="row">
        <button type="submit">Count</button>
        <span class="bad" role="alert">
          {fault}
        </span>
      </p>
    </form>
  );
}

function numberFault(names: number): string | undefined {
  if (names === 0) return 'Name at least one channel.';
  return names > NAMES_MOST ? `More than ${NAMES_MOST} names: say how they begin instead.` : undefined;
}

interface ChoiceProps {
  readonly name: string;
  readonly isChosen: boolean;
  readonly onChoose: () => void;
  readonly children: string;
}

function Choice({ name, isChosen, onChoose, children }: ChoiceProps) {
  return (
    <label class="check">
      <input type="radio" name={name} checked={isChosen} onChange={onChoose} />
      {children}
    </label>
  );
}
