import type { Sentence } from './forecast.ts';

/** A name that somebody else has chosen: apart from the text around it, whatever stands in it. */
export function Name({ of, title }: { readonly of: string; readonly title?: string }) {
  return (
    <bdi class="foreign" title={title ?? of}>
      {of}
    </bdi>
  );
}

export function SentenceText({ words }: { readonly words: Sentence }) {
  return (
    <>
      {words.map((each, i) =>
        typeof each === 'string' ? (
          each
        ) : (
          <bdi key={i} class="mono">
            {each.name}
          </bdi>
        ),
      )}
    </>
  );
}
