import type { SessionDetail } from '@zerospan/shared';
import { useEffect, useId, useState } from 'preact/hooks';
import { type Forecast, forecastOf } from './forecast.ts';
import { SentenceText } from './names.tsx';

interface ForecastFieldProps {
  readonly client: SessionDetail;
  readonly channel: string;
  readonly onChannel: (channel: string) => void;
}

const ANSWERS: Readonly<Record<Forecast['answer'], { readonly word: string; readonly class: string }>> = {
  yes: { word: 'Yes', class: 'good' },
  later: { word: 'Yes, later', class: 'warn' },
  no: { word: 'No', class: 'bad' },
  unclear: { word: 'Not known', class: 'muted' },
};

/** Would it get a message on this channel? Answered from what the server says of the client. */
export function ForecastField({ client, channel, onChannel }: ForecastFieldProps) {
  const id = useId();
  const [text, setText] = useState(channel);
  useEffect(() => setText(channel), [channel]);
  const forecast = text === '' ? undefined : forecastOf(client, text);
  return (
    <section class="part">
      <label for={id}>
        <h3>Would it get a message on this channel?</h3>
      </label>
      <input
        id={id}
        class="wide mono"
        value={text}
        placeholder="vote.ann"
        spellcheck={false}
        autocapitalize="off"
        autocomplete="off"
        aria-describedby={`${id}-answer`}
        onInput={(event) => setText(event.currentTarget.value)}
        onChange={() => onChannel(text)}
      />
      <p id={`${id}-answer`} aria-live="polite">
        {forecast && (
          <>
            <strong class={ANSWERS[forecast.answer].class}>{ANSWERS[forecast.answer].word}.</strong>{' '}
            <SentenceText words={forecast.because} />
          </>
        )}
      </p>
    </section>
  );
}
