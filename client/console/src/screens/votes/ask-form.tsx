import { coversPrefix, LIMITS, toFilterSet, utf8Bytes } from '@zerospan/shared';
import { useId, useState } from 'preact/hooks';
import { sentences } from '../../data/connection.ts';
import { pathIn } from '../../data/json-path.ts';
import { JsonField } from '../../parts/message/json-field.tsx';
import { commonStart, putsFor, readTargets } from '../../parts/targets/targets.ts';
import { TargetsField } from '../../parts/targets/targets-field.tsx';
import { useServices } from '../../shell/services.ts';
import { NAMES_MOST, type VoteAddress } from './address.ts';
import { ask, messageOf, newQuestionId, type QuestionDraft } from './question.ts';
import { VoteFields } from './vote-fields.tsx';

/** More names than this make an address that nobody can read: a common beginning stands for them. */
const NAMES_IN_ADDRESS = 50;

interface AskFormProps {
  /** What the fields begin with. */
  readonly vote: VoteAddress;
  readonly draft: QuestionDraft;
  /** @param text the question, where nobody knows whether it was put */
  readonly onAsked: (vote: VoteAddress, text?: string) => void;
}

/** Puts a question on channels, and goes to its vote. */
export function AskForm({ vote, draft, onAsked }: AskFormProps) {
  const { connection, announcer } = useServices();
  const id = useId();
  const [targets, setTargets] = useState(vote.channels.join('\n'));
  const [question, setQuestion] = useState(draft.question);
  const [options, setOptions] = useState(draft.options);
  const [json, setJson] = useState(draft.json);
  const [seconds, setSeconds] = useState(vote.durationMs > 0 ? vote.durationMs / 1_000 : 30);
  const [rules, setRules] = useState(vote);
  const [state, setState] = useState<'ready' | 'asking' | { readonly fault: string }>('ready');

  const submit = async (): Promise<void> => {
    const bus = connection.bus.peek();
    const { names, faults } = readTargets(targets);
    const questionId = newQuestionId();
    const written = messageOf(
      { question, options, ...(json !== undefined && { json }) },
      pathIn(rules.idPath) ?? [],
      questionId,
    );
    const fault = faultOf(names, faults[0]?.words, written);
    if (fault !== undefined || 'fault' in written || bus === undefined) {
      setState({ fault: fault ?? 'There is no connection yet.' });
      return;
    }
    setState('asking');
    const text = JSON.stringify(written.message);
    const durationMs = Math.round(seconds * 1_000);
    const asked = await ask(bus, putsFor(names, utf8Bytes(text), LIMITS), written.message, durationMs);
    setState('ready');
    if (asked.kind === 'refused') {
      setState({ fault: `The question was not put: ${sentences(asked.error)}` });
      return;
    }
    const grants = connection.claims.peek()?.grants;
    // What a token opens that only the server can read is not known: then the names themselves are surely open.
    const mayRead = (prefix: string): boolean =>
      grants ? coversPrefix(toFilterSet(grants.subscribe), prefix) : !connection.hasGate.peek();
    const { prefix: _, ...others } = rules;
    const next = {
      ...others,
      ...placeOf(names, mayRead),
      durationMs,
      id: questionId,
    };
    if (asked.kind === 'outcome-unknown') onAsked({ ...next, at: asked.before }, text);
    else {
      const [error] = asked.errors;
      announcer.say(error ? `Not all channels were asked: ${sentences(error)}` : 'The question is put.');
      onAsked({ ...next, at: asked.at });
    }
  };

  return (
    <form
      class="card"
      aria-labelledby={`${id}-title`}
      onSubmit={(event) => {
        event.preventDefault();
        if (state !== 'asking') void submit();
      }}
    >
      <h2 id={`${id}-title`}>Ask a question</h2>
      <TargetsField label="Whom: a channel for each" text={targets} onText={setTargets} />
      {json === undefined ? (
        <>
          <div class="field">
            <label for={`${id}-question`}>Question</label>
            <input
              id={`${id}-question`}
              value={question}
              autocomplete="off"
              placeholder="Lunch at one?"
              onInput={(event) => setQuestion(event.currentTarget.value)}
            />
          </div>
          <div class="field">
            <label for={`${id}-options`}>Choices</label>
            <input
              id={`${id}-options`}
              value={options}
              autocomplete="off"
              placeholder="yes, no"
              aria-describedby={`${id}-options-hint`}
              onInput={(event) => setOptions(event.currentTarget.value)}
            />
            <p id={`${id}-options-hint`} class="hint">
              With commas between them. Left empty, whatever comes is a choice.
            </p>
          </div>
        </>
      ) : (
        <JsonField label="Message" text={json} onText={setJson} hint="Its id is put into it." />
      )}
      <p class="row">
        <label class="check">
          <input
            type="checkbox"
            checked={json !== undefined}
            onChange={(event) => {
              const written = messageOf({ question, options }, ['id'], '');
              const start = 'message' in written ? written.message : { question: '' };
              setJson(event.currentTarget.checked ? JSON.stringify(start) : undefined);
            }}
          />
          Write the message as JSON
        </label>
        <label class="inline">
          Votes count for
          <input
            class="seconds"
            type="number"
            min={1}
            max={86_400}
            value={seconds}
            onInput={(event) => setSeconds(Number(event.currentTarget.value) || 30)}
          />
          s
        </label>
      </p>
      <VoteFields vote={rules} onVote={setRules} isAsking />
      <p class="row">
        <button type="submit" class="main" disabled={state === 'asking'}>
          {state === 'asking' ? 'Asking …' : 'Ask'}
        </button>
        <span class="bad" role="alert">
          {typeof state === 'object' && state.fault}
        </span>
      </p>
    </form>
  );
}

function faultOf(
  names: readonly string[],
  words: string | undefined,
  written: { readonly message: unknown } | { readonly fault: string },
): string | undefined {
  if (names.length === 0) return words ?? 'Name at least one channel.';
  if (words !== undefined) return words;
  return 'fault' in written ? written.fault : undefined;
}

/** How the address says which channels they are. */
function placeOf(
  names: readonly string[],
  mayRead: (prefix: string) => boolean,
): { readonly channels: readonly string[]; readonly prefix?: string } {
  const prefix = commonStart(names);
  if (names.length > NAMES_MOST || (names.length > NAMES_IN_ADDRESS && prefix !== '' && mayRead(prefix)))
    return { channels: [], prefix };
  return { channels: names };
}
