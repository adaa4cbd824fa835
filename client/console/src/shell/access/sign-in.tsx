import { useEffect, useRef, useState } from 'preact/hooks';
import { useServices } from '../services.ts';

/** Asks for a token. */
export function SignIn() {
  const { connection } = useServices();
  const [isKept, setKept] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const fault = connection.tokenFault.value;
  // After another fault, another token is to be typed
  useEffect(() => input.current?.focus(), [fault]);
  const submit = (event: Event): void => {
    event.preventDefault();
    const token = input.current?.value.trim() ?? '';
    if (input.current) input.current.value = '';
    if (token === '') input.current?.focus();
    else connection.signIn(token, isKept);
  };
  return (
    <section class="sign-in" aria-labelledby="sign-in-title">
      <h1 id="sign-in-title">This server asks who you are</h1>
      <form noValidate autoComplete="off" onSubmit={submit}>
        <label for="token">Token</label>
        <input
          id="token"
          ref={input}
          type="password"
          autoComplete="off"
          spellcheck={false}
          autoCapitalize="off"
          aria-describedby="token-hint"
          aria-invalid={fault !== undefined}
        />
        <p class={fault === undefined ? 'hint' : 'hint bad'} id="token-hint" aria-live="polite">
          {fault ?? 'The operator of the server gives you one: zerospan token create.'}
        </p>
        <label class="check">
          <input type="checkbox" checked={isKept} onChange={() => setKept(!isKept)} />
          Keep me signed in until this tab is closed
        </label>
        <p class="hint">Otherwise the token is in the memory of this page alone, and gone with it.</p>
        <button type="submit" class="main">
          Sign in
        </button>
      </form>
    </section>
  );
}
