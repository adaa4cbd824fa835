import { CopyButton } from '../parts/copy-button.tsx';
import { useServices } from './services.ts';

/** That everybody who reaches this server may read and put, in large letters. */
export function NotGuarded() {
  const lacks = useServices().connection.lacks.value;
  if (lacks.length === 0) return null;
  return (
    <div class="insecure" role="alert">
      <p>
        <strong>Not guarded.</strong> Everybody who can reach this server may read and put. It was started
        with <code>--insecure</code>:
      </p>
      <ul>
        {lacks.map((each) => (
          <li key={each}>{each}</li>
        ))}
      </ul>
    </div>
  );
}

/** What is wrong with the connection, what to do about it, and when the next attempt begins. */
export function Notice() {
  const { connection } = useServices();
  const trouble = connection.trouble.value;
  const standing = connection.standing.value;
  const retryInS = connection.retryInS.value;
  if (trouble === undefined) return null;
  const { paragraphs, line } = trouble;
  return (
    <section class="notice" data-state={standing} aria-label="What is wrong">
      <div class="notice-words" role="status">
        {paragraphs.map((each) => (
          <p key={each}>{each}</p>
        ))}
        {line !== undefined && (
          <p>
            <code>{line}</code>
          </p>
        )}
      </div>
      {line !== undefined && <CopyButton text={line} what="the setting" />}
      {/* Apart from the words, so that a countdown is not read out. */}
      {connection.isCutOff.value && (
        <p class="next">
          <span>{retryInS === undefined ? 'Connecting…' : `Next attempt in ${retryInS} s`}</span>
          <button type="button" disabled={retryInS === undefined} onClick={() => connection.retryNow()}>
            Retry now
          </button>
        </p>
      )}
    </section>
  );
}
