import { useId, useState } from 'preact/hooks';
import { plural } from '../../data/format.ts';
import { faultWords, messageFault } from '../../parts/message/json-check.ts';
import { JsonField } from '../../parts/message/json-field.tsx';
import { readTargets } from '../../parts/targets/targets.ts';
import { TargetsField } from '../../parts/targets/targets-field.tsx';
import { useServices } from '../../shell/services.ts';
import { type Desk, receiptKindOf } from './desk.ts';
import { KeptMenu } from './kept-menu.tsx';
import { Preview } from './preview.tsx';
import type { Sending } from './sending.ts';

interface ComposeFormProps {
  readonly desk: Desk;
  readonly onSent: (sending: Sending) => void;
}

/** To whom, what, and who would get it. */
export function ComposeForm({ desk, onSent }: ComposeFormProps) {
  const services = useServices();
  const { connection, announcer } = services;
  const id = useId();
  const [fault, setFault] = useState('');
  const targets = readTargets(desk.targets.value);
  const { names } = targets;
  const text = desk.text.value;
  const receipt = receiptKindOf(services);

  const submit = (): void => {
    const bus = connection.bus.peek();
    const said = messageFault(text);
    const words =
      targets.faults[0]?.words ??
      (names.length === 0 ? 'Name at least one channel.' : undefined) ??
      (said && faultWords(said)) ??
      (bus === undefined ? 'There is no connection yet.' : undefined);
    setFault(words ?? '');
    if (words !== undefined || bus === undefined) return;
    const order = {
      channels: names,
      text: text.trim(),
      timeoutMs: desk.waitS.value * 1_000,
      receipt,
      isAgain: false,
    };
    onSent(desk.send(bus, order));
    announcer.say(`Sent to ${plural(names.length, 'channel')}.`);
  };

  return (
    <form
      class="compose"
      aria-labelledby={`${id}-title`}
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
      onKeyDown={(event) => {
        if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
        event.preventDefault();
        submit();
      }}
    >
      <h2 id={`${id}-title`} class="visually-hidden">
        A new message
      </h2>
      <TargetsField
        label="To"
        text={desk.targets.value}
        onText={(next) => {
          desk.targets.value = next;
        }}
      />
      <KeptMenu
        what="group"
        things={desk.groups}
        onTake={({ channels }) => {
          desk.targets.value = channels.join('\n');
        }}
        make={names.length === 0 ? undefined : (name) => ({ name, channels: names })}
      />
      <JsonField
        label="Message"
        text={text}
        onText={(next) => {
          desk.text.value = next;
        }}
      />
      <KeptMenu
        what="template"
        things={desk.templates}
        onTake={(template) => {
          desk.text.value = template.text;
        }}
        make={text.trim() === '' ? undefined : (name) => ({ name, text })}
      />
      {desk.texts.value.length > 0 && <Earlier desk={desk} />}
      <label class="inline">
        Wait for answers for
        <input
          class="seconds"
          type="number"
          min={1}
          max={60}
          disabled={receipt === 'none'}
          value={desk.waitS.value}
          onChange={(event) => {
            desk.waitS.value = Math.min(60, Math.max(1, Math.round(Number(event.currentTarget.value)) || 1));
          }}
        />
        s
      </label>
      {receipt !== 'names' && <p class="hint">{RECEIPT_WORDS[receipt]}</p>}
      <Preview names={names} />
      <div class="send">
        <button type="submit" class="main" title="Ctrl+Enter">
          Send{names.length > 0 && ` to ${plural(names.length, 'channel')}`}
        </button>
        <span class="bad" role="alert">
          {fault}
        </span>
      </div>
    </form>
  );
}

const RECEIPT_WORDS = {
  counts:
    'Your token does not let you see names: the receipt says how many have it (confirm: "names" says who).',
  none: 'Your token does not let you ask who has it: you see on which channels it was put, and for how many.',
} as const;

/** Messages of this visit. */
function Earlier({ desk }: { readonly desk: Desk }) {
  const id = useId();
  return (
    <p class="kept">
      <label for={id}>Sent before</label>
      <select
        id={id}
        value=""
        onChange={(event) => {
          const chosen = desk.texts.peek()[Number(event.currentTarget.value)];
          if (chosen !== undefined) desk.text.value = chosen;
          event.currentTarget.value = '';
        }}
      >
        <option value="">Choose …</option>
        {desk.texts.value.map((text, at) => (
          <option key={text} value={at}>
            {text.length > 60 ? `${text.slice(0, 60)}…` : text}
          </option>
        ))}
      </select>
    </p>
  );
}
