import type { Publication } from '@zerospan/client';
import { utf8Bytes } from '@zerospan/shared';
import { useState } from 'preact/hooks';
import { bytes, count, positionText } from '../../data/format.ts';
import { CopyButton } from '../../parts/copy-button.tsx';
import { JsonTree } from '../../parts/json-tree.tsx';
import { Side } from '../../parts/side.tsx';
import { Time } from '../../parts/time.tsx';
import { hrefOf } from '../../shell/router.ts';
import { isOffered, useServices } from '../../shell/services.ts';

interface InspectorProps {
  readonly publication: Publication;
  readonly onClose: () => void;
}

/** Invisible characters, and those that turn the direction of what follows: what is read need not be what is there. */
const HIDDEN = /[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]/g;

/** One message, with all that is known of it. */
export function Inspector({ publication, onClose }: InspectorProps) {
  const services = useServices();
  const { channel, offset, epoch, time, text } = publication;
  const [form, setForm] = useState<'tree' | 'text'>('tree');
  const at = positionText(publication);
  const link = (): string => new URL(hrefOf('messages', { c: channel, at }), location.href).href;
  return (
    <Side title={channel} onClose={onClose}>
      <dl class="facts inspector-facts">
        <dt>Offset</dt>
        <dd class="mono">{offset}</dd>
        <dt>Epoch</dt>
        <dd class="mono">{epoch}</dd>
        <dt>Appended</dt>
        <dd>
          <Time ms={time} withDate />
        </dd>
        <dt>Size</dt>
        <dd>
          {bytes(utf8Bytes(text))} ({count(utf8Bytes(text))} bytes)
        </dd>
      </dl>
      <p class="actions">
        <CopyButton text={text} what="the message" label="Copy" />
        <CopyButton text={link} what="a link to the message" label="Copy link" />
        <a href={hrefOf('messages', { c: channel })}>This channel alone</a>
        {isOffered(services, 'channels') && <a href={hrefOf('channels', { c: channel })}>Its channel</a>}
        {isOffered(services, 'explain') && <a href={hrefOf('explain', { at })}>Who got it</a>}
      </p>
      <fieldset class="forms" aria-label="Form of the message">
        <button type="button" class="small" aria-pressed={form === 'tree'} onClick={() => setForm('tree')}>
          Tree
        </button>
        <button type="button" class="small" aria-pressed={form === 'text'} onClick={() => setForm('text')}>
          Exactly as put
        </button>
      </fieldset>
      {form === 'tree' ? <Tree key={at} publication={publication} /> : <Exact key={at} text={text} />}
    </Side>
  );
}

function Tree({ publication }: { readonly publication: Publication }) {
  let value: unknown;
  try {
    value = publication.message;
  } catch {
    return <p class="hint">This browser cannot read it as JSON.</p>;
  }
  return (
    <div class="json-root">
      <JsonTree value={value} />
    </div>
  );
}

function Exact({ text }: { readonly text: string }) {
  const [isEscaped, setEscaped] = useState(false);
  const hidden = text.match(HIDDEN)?.length ?? 0;
  const shown = isEscaped
    ? text.replaceAll(HIDDEN, (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`)
    : text;
  return (
    <>
      {hidden > 0 && (
        <label class="check warn">
          <input type="checkbox" checked={isEscaped} onChange={() => setEscaped(!isEscaped)} />
          Show {count(hidden)} invisible or direction-changing {hidden === 1 ? 'character' : 'characters'}
        </label>
      )}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <pre class="exact" tabIndex={0}>
        <bdi>{shown}</bdi>
      </pre>
    </>
  );
}
